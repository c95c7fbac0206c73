"""The mean difference of two policies on the same items, with its interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from policies.evaluation.outcomes import Floats

LEVEL = 0.95
N_RESAMPLES = 9_999
MIN_ITEMS = 8  # of which fewer say little of how they vary


@dataclass(frozen=True, slots=True)
class Difference:
    """Ours less theirs, on average over the `n` items of which both are known, and the interval of 95 %.

    Everything is None without items, and the interval with fewer than `MIN_ITEMS`.
    """

    n: int
    mean: float | None
    low: float | None
    high: float | None

    @property
    def is_significant(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high


def paired_difference(ours: Floats, theirs: Floats, *, seed: int) -> Difference:
    """Compare two rows of values in the same order, each (n,), NaN where one is not known.

    The interval is the bias-corrected and accelerated bootstrap over the items' differences (Efron, "Better bootstrap
    confidence intervals", JASA 82, 1987), so that what makes an item hard for both counts for neither. Where all
    differences are equal it has no width.
    """
    differences = (ours - theirs)[~np.isnan(ours) & ~np.isnan(theirs)]
    n = len(differences)
    mean = float(differences.mean()) if n else None
    if n < MIN_ITEMS:
        return Difference(n, mean, None, None)
    if np.ptp(differences) == 0:
        return Difference(n, mean, mean, mean)
    from scipy.stats import bootstrap  # here: it takes a second to import

    found = bootstrap(
        (differences,), np.mean, n_resamples=N_RESAMPLES, confidence_level=LEVEL, rng=np.random.default_rng(seed)
    )
    return Difference(n, mean, float(found.confidence_interval.low), float(found.confidence_interval.high))
