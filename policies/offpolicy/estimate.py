"""The worth of a policy on a log, by three estimators, each with its interval.

- Inverse propensity score: Σ w·r / n (Horvitz and Thompson, JASA 47, 1952), unbiased, and wide.
- Self-normalised: Σ w·r / Σ w (Hájek 1971; Swaminathan and Joachims, NeurIPS 2015).
- Doubly robust: Σ (q̂(x, π) + w·(r - q̂(x, a))) / n (Dudík, Langford and Li, ICML 2011), right if the propensities or
  the predictions are, and narrow where the predictions are good.

Large weights are clipped (Ionides, Journal of Computational and Graphical Statistics 17, 2008). The intervals are of
the bias-corrected and accelerated bootstrap (Efron, JASA 82, 1987) over random groups of items (Wolter, Introduction to
Variance Estimation, 2007, ch. 2), so that what calls of one item have in common widens them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from policies.offpolicy.log import Bools, Floats
from policies.offpolicy.sums import Sums

Estimator: TypeAlias = Literal["ips", "snips", "dr"]
Statistic: TypeAlias = Callable[..., Floats]
Interval: TypeAlias = tuple[float | None, float | None, float | None]

STATED: tuple[Estimator, ...] = ("ips", "snips", "dr")
LEVEL = 0.95
N_RESAMPLES = 999
MIN_GROUPS = 30  # of which fewer say little of how they vary


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval of 95 %; all None where the log has no evidence, the interval where it has too little.

    `n` decisions are evidence, `n_blind` are none; so many decisions of the policy itself as `effective_n` would say as
    much (`Sums.effective_n`). `clipped_share` of the evidence had its weight cut.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    n_blind: int
    effective_n: float
    clipped_share: float


def clip_of(n: int) -> float:
    """The largest weight that n decisions may have: √n, which grows slower than what clipping takes away."""
    return max(1.0, math.sqrt(n))


def estimate(sums: Sums, estimator: Estimator, *, seed: int) -> Estimate:
    """A policy's value on a log."""
    return estimate_of(sums, interval(parts_of(sums, estimator), value_of, has_evidence=sums.n > 0, seed=seed))


def estimate_difference(ours: Sums, theirs: Sums, estimator: Estimator, *, seed: int) -> Estimate:
    """What one policy is worth more than another on the same log; how much evidence there is, is told of ours.

    Both have to be summed over the decisions that are evidence for both (`comparing.compare`).
    """

    def difference(top: Floats, bottom: Floats, other_top: Floats, other_bottom: Floats, axis: int) -> Floats:
        return value_of(top, bottom, axis=axis) - value_of(other_top, other_bottom, axis=axis)

    parts = (*parts_of(ours, estimator), *parts_of(theirs, estimator))
    return estimate_of(ours, interval(parts, difference, has_evidence=ours.n > 0, seed=seed))


def parts_of(sums: Sums, estimator: Estimator) -> tuple[Floats, Floats]:
    """What an estimator divides, and by what, of each group."""
    match estimator:
        case "ips":
            return sums.weighed, sums.n
        case "snips":
            return sums.weighed, sums.weight
        case "dr":
            return sums.direct + sums.correction, sums.n


def value_of(top: Floats, bottom: Floats, axis: int = -1) -> Floats:
    """The quotient of two sums over groups, NaN where there is nothing to divide by."""
    tops, bottoms = np.asarray(top.sum(axis=axis)), np.asarray(bottom.sum(axis=axis))
    quotient: Floats = np.divide(tops, bottoms, out=np.full(tops.shape, np.nan), where=bottoms > 0)
    return quotient


def estimate_of(sums: Sums, found: Interval) -> Estimate:
    """A value and its interval with how much evidence there is."""
    n = float(sums.n.sum())
    return Estimate(
        *found,
        n=int(n),
        n_blind=int(sums.n_blind.sum()),
        effective_n=sums.effective_n,
        clipped_share=float(sums.n_clipped.sum()) / n if n else 0.0,
    )


def interval(
    columns: tuple[Floats, ...], statistic: Statistic, *, has_evidence: Bools, seed: int, level: float = LEVEL
) -> Interval:
    """A statistic of sums of groups, and the ends of its interval: at a level of 1 - 2α each end fails α at most."""
    kept = tuple(column[has_evidence] for column in columns)
    n_groups = int(has_evidence.sum())
    if n_groups == 0:
        return None, None, None
    value = float(statistic(*kept, axis=-1))
    if not math.isfinite(value):
        return None, None, None
    if n_groups < MIN_GROUPS:
        return value, None, None
    without_each = statistic(*((column.sum() - column)[:, None] for column in kept), axis=-1)
    if np.ptp(without_each) == 0:  # it is the same whatever the groups, as the difference of a policy from itself
        return value, value, value
    from scipy.stats import bootstrap  # here: it takes a second to import

    found = bootstrap(
        kept,
        statistic,
        paired=True,
        vectorized=True,
        n_resamples=N_RESAMPLES,
        confidence_level=level,
        rng=np.random.default_rng(seed),
    ).confidence_interval
    low, high = float(found.low), float(found.high)
    return (value, low, high) if math.isfinite(low) and math.isfinite(high) else (value, None, None)
