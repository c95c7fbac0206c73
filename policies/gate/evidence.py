"""What a log says of a candidate against the version it is to replace: quality, cost and time, with intervals.

All by the doubly robust estimate over the decisions that are evidence for both (`policies.offpolicy`). Each bound fails
with the probability that its name says, so that the gate's two ways to be better err in 5 % of the cases together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from policies.gate.thresholds import COST_ALPHA, QUALITY_ALPHA
from policies.gate.trial import Trial
from policies.offpolicy.direct import cross_fit
from policies.offpolicy.estimate import LEVEL, Statistic, clip_of, interval, value_of
from policies.offpolicy.log import Floats
from policies.offpolicy.sums import Sums, has_evidence, sum_up


@dataclass(frozen=True, slots=True)
class Shift:
    """One measure under both versions: means per call, and the change with its interval of 95 %; None where unknown."""

    candidate: float | None
    other: float | None
    change: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What n decisions say.

    `moved_share` of them would be made otherwise. `n_fixed` were no draw, of `n_blind` the log never tried what some
    version would do: the `n_evidence` others are evidence, and of the `n_moved` of them that would be made otherwise
    so many independent ones as `effective_n` would say as much.

    Bounds: `worth_low` of the gain in quality at equal cost, q - λc, fails with `QUALITY_ALPHA`; `quality_low` of the
    gain in quality alone and `growth_high` of the growth of cost as a share with `COST_ALPHA`. None where there is too
    little evidence. `is_free` says that both versions cost nothing.
    """

    n: int
    n_fixed: int
    n_blind: int
    n_evidence: int
    n_moved: int
    moved_share: float
    effective_n: float
    quality: Shift
    cost_usd: Shift
    latency_s: Shift
    worth: float | None
    worth_low: float | None
    quality_low: float | None
    growth: float | None
    growth_high: float | None
    is_free: bool

    @property
    def blind_share(self) -> float:
        """The share of the decisions that say nothing, in [0, 1]."""
        return 1 - self.n_evidence / self.n if self.n else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """The sums of both versions for one outcome, and how one compares them."""

    ours: Sums
    theirs: Sums
    seed: int

    @property
    def columns(self) -> tuple[Floats, ...]:
        """What is divided, and by what, of each group of items: ours, then theirs."""
        return (
            self.ours.direct + self.ours.correction,
            self.ours.n,
            self.theirs.direct + self.theirs.correction,
            self.theirs.n,
        )

    def bounds(self, statistic: Statistic, *, level: float = LEVEL) -> tuple[float | None, float | None, float | None]:
        """A statistic of both with its interval."""
        return interval(self.columns, statistic, has_evidence=self.ours.n > 0, seed=self.seed, level=level)

    def shift(self) -> Shift:
        """The change with its interval."""
        ours, theirs = (value(top, bottom) for top, bottom in (self.columns[:2], self.columns[2:]))
        return Shift(ours, theirs, *self.bounds(difference))


def weigh_trial(trial: Trial, *, seed: int) -> Evidence:
    """What the decisions of a trial say; the same for the same trial and seed."""
    moves = trial.moves
    logged = trial.log_of(trial.quality)
    is_seen = has_evidence(logged, trial.candidate) & has_evidence(logged, trial.other)
    kept = trial.at(trial.is_drawn & is_seen)
    quality, cost, latency, worth = (
        pair_of(kept, outcome, seed=seed) for outcome in (kept.quality, kept.cost_usd, kept.latency_s, kept.worth)
    )
    change, worth_low, _ = worth.bounds(difference, level=1 - 2 * QUALITY_ALPHA)
    growth, _, growth_high = cost.bounds(ratio, level=1 - 2 * COST_ALPHA)
    shift = cost.shift()
    return Evidence(
        n=len(trial),
        n_fixed=int((~trial.is_drawn).sum()),
        n_blind=int((trial.is_drawn & ~is_seen).sum()),
        n_evidence=len(kept),
        n_moved=int((kept.moves > 0).sum()),
        moved_share=float(moves.mean()) if len(trial) else 0.0,
        effective_n=effective_n_of(kept),
        quality=quality.shift(),
        cost_usd=shift,
        latency_s=latency.shift(),
        worth=change,
        worth_low=worth_low,
        quality_low=quality.bounds(difference, level=1 - 2 * COST_ALPHA)[1],
        growth=growth,
        growth_high=growth_high,
        is_free=shift.candidate == 0 and shift.other == 0,
    )


def pair_of(kept: Trial, outcome: Floats, *, seed: int) -> Pair:
    """Both versions' sums for one outcome of the decisions that are evidence."""
    log = kept.log_of(outcome)
    predicted, clip = cross_fit(log, kept.task), clip_of(len(log))
    ours, theirs = (sum_up(log, target, predicted, clip=clip) for target in (kept.candidate, kept.other))
    return Pair(ours, theirs, seed)


def effective_n_of(kept: Trial) -> float:
    """How many independent decisions of the candidate say as much as those that would be made otherwise."""
    moved = kept.at(kept.moves > 0)
    log = moved.log_of(moved.quality)
    return sum_up(log, moved.candidate, np.zeros_like(moved.candidate), clip=clip_of(len(kept))).effective_n


def value(top: Floats, bottom: Floats) -> float | None:
    """The mean of one version; None without evidence."""
    found = float(value_of(top, bottom))
    return found if np.isfinite(found) else None


def difference(top: Floats, bottom: Floats, other_top: Floats, other_bottom: Floats, axis: int) -> Floats:
    """What the one is worth more than the other."""
    return value_of(top, bottom, axis=axis) - value_of(other_top, other_bottom, axis=axis)


def ratio(top: Floats, bottom: Floats, other_top: Floats, other_bottom: Floats, axis: int) -> Floats:
    """By which share the one is more than the other."""
    ours, theirs = value_of(top, bottom, axis=axis), value_of(other_top, other_bottom, axis=axis)
    return value_of(ours[..., None], theirs[..., None]) - 1
