"""Whether a canary is worse than the version beside it, at any moment that somebody looks.

Each item is routed by the canary with probability p, else by the control. The augmented inverse-propensity score of
item i, with the means m₁, m₀ of the items before it,

    dᵢ = m₁ - m₀ + Aᵢ(Yᵢ - m₁)/p - (1 - Aᵢ)(Yᵢ - m₀)/(1 - p)

has the mean quality difference as its expectation, whatever the m's are. Over n of them, with deviation σ,

    d̄ ± σ·√( 2(nρ² + 1)/(n²ρ²) · log(1 + √(nρ² + 1)/(2α)) )

holds the difference from above, or from below, at all n together but for a chance of α: looking often costs nothing.

Source: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and asymptotic confidence
sequences", Annals of Statistics 52 (2024): the boundary is that of its one-sided sequence, ρ the one that is narrowest
at a chosen n, and the scores those of its sequential estimate of a treatment's effect. It is asymptotic: the first
`BURN_IN` items of each side decide nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from policies.offpolicy.log import Bools, Codes, Floats

ALPHA = 0.05
BURN_IN = 50  # scored items of each side
NARROWEST_AT = 5_000  # items of both sides
GUESS = 0.5  # the mean of a side before its first item


@dataclass(frozen=True, slots=True)
class Watch:
    """The canary's quality less the control's after n items of both.

    `low` and `high` each fail with a chance of α at most, over all looks; None before the end of the burn-in.
    `worse_at` is the first item (from 1) after which `high` was below 0, None if there is none.
    """

    n_canary: int
    n_control: int
    difference: float | None
    low: float | None
    high: float | None
    worse_at: int | None


def watch(is_canary: Bools, quality: Floats, share: float, *, alpha: float = ALPHA) -> Watch:
    """Judge a canary by the scored items of both sides, in the order in which they were scored.

    `is_canary` (n,) and `quality` (n,) in [0, 1] are of the items that are judged, `share` in (0, 1) is the probability
    with which an item goes to the canary. Raises ValueError for another share, or a quality that is none.
    """
    if not 0 < share < 1:
        raise ValueError(f"the share lies between 0 and 1, not {share}")
    if not ((quality >= 0) & (quality <= 1)).all():
        raise ValueError("qualities lie in [0, 1]")
    n_canary, n_control = int(is_canary.sum()), int((~is_canary).sum())
    judged = np.minimum(np.cumsum(is_canary), np.cumsum(~is_canary)) >= BURN_IN
    if not judged.any():
        return Watch(n_canary, n_control, None, None, None, None)
    scores = effect_scores(is_canary, quality, share)
    n = np.arange(1, len(scores) + 1)
    mean = np.cumsum(scores) / n
    deviation = np.sqrt(np.maximum(np.cumsum(scores**2) / n - mean**2, 0.0))
    margin = deviation * boundary(n, alpha)
    worse = np.flatnonzero(judged & (mean + margin < 0))
    worse_at = int(worse[0]) + 1 if len(worse) else None
    last = float(mean[-1]), float(margin[-1])
    return Watch(n_canary, n_control, last[0], last[0] - last[1], last[0] + last[1], worse_at)


def effect_scores(is_canary: Bools, quality: Floats, share: float) -> Floats:
    """Each item's augmented score of the difference, (n,)."""
    canary, control = means_before(is_canary, quality), means_before(~is_canary, quality)
    corrected = np.where(is_canary, (quality - canary) / share, -(quality - control) / (1 - share))
    scores: Floats = canary - control + corrected
    return scores


def means_before(is_counted: Bools, quality: Floats) -> Floats:
    """For each item the mean quality of the counted ones before it, (n,), with one imagined item at `GUESS`."""
    n: Codes = np.cumsum(is_counted) - is_counted
    total = np.cumsum(np.where(is_counted, quality, 0.0)) - np.where(is_counted, quality, 0.0)
    means: Floats = (total + GUESS) / (n + 1)
    return means


def boundary(n: Codes, alpha: float) -> Floats:
    """How many deviations of a score the mean of n of them may be off, (n,)."""
    loss = -2 * math.log(alpha)
    rho2 = (loss + math.log(loss + 1)) / NARROWEST_AT
    grown = n * rho2 + 1
    deviations: Floats = np.sqrt(2 * grown / (n**2 * rho2) * np.log1p(np.sqrt(grown) / (2 * alpha)))
    return deviations
