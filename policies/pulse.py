"""What the latest calls on a model showed beside what was predicted of them, as moving averages."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

# How many calls the averages look back: each new one takes 1 / WINDOW of what was known. The long one is not moved by a
# few odd calls; the short one sees a recovery from the few calls that still go to a model.
WINDOW, RECENT = 12, 6
# How many calls as predicted what was expected before weighs as much as: a failure is chance more often than a time.
FAILURE_STRENGTH, RATIO_STRENGTH = 2.0, 1.0
# The share of failures that is nothing new: one of a dozen happens to every model, and is tried again.
TOLERATED = 0.08
# A score's spread about what was predicted of it, as of right and wrong answers mixed, and how much of it is not yet
# taken for a change: what is within so many standard errors of no change is none.
SCORE_SD, DEAD_BAND = 0.4, 2.0
# How many scores weigh as much as the prediction, whose own standard error is some 0.15.
SCORE_STRENGTH = 5.0


@dataclass(frozen=True, slots=True)
class Average:
    """Two exponentially weighted means, over `WINDOW` values and over `RECENT` ones, each with the number of values
    that it is worth."""

    mean: float = 0.0
    weight: float = 0.0
    recent: float = 0.0
    recent_weight: float = 0.0

    def seen(self, value: float) -> Average:
        """With one value more."""
        kept, kept_recent = self.weight * (1 - 1 / WINDOW), self.recent_weight * (1 - 1 / RECENT)
        mean, recent = kept * self.mean + value, kept_recent * self.recent + value
        return Average(mean / (kept + 1), kept + 1, recent / (kept_recent + 1), kept_recent + 1)

    def shrunk(self, strength: float) -> float:
        """What both means say, each held against so many values of 0: the smaller one, or 0 where they disagree."""
        if not self.weight or self.mean * self.recent <= 0:
            return 0.0
        long, short = self.weight / (self.weight + strength), self.recent_weight / (self.recent_weight + strength)
        return min(long * self.mean, short * self.recent, key=abs)


@dataclass(frozen=True, slots=True)
class Pulse:
    """One model's averages: the share of attempts that failed by its fault, the natural logarithms of observed over
    predicted seconds and cost, and for each task type the scores less what was predicted."""

    failures: Average = Average()
    log_latency: Average = Average()
    log_cost: Average = Average()
    quality: Mapping[str, Average] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Strain:
    """What a pulse makes of predictions: the chance that an attempt fails beyond what is usual, factors of seconds and
    of cost, and what is added to the quality, 0 or less."""

    failure_rate: float
    latency_factor: float
    cost_factor: float
    quality_shift: float


def attempted(
    pulse: Pulse, *, is_failure: bool, latency_ratio: float | None = None, cost_ratio: float | None = None
) -> Pulse:
    """With one attempt more; ratios are observed over predicted, None where one is not known or not positive."""
    return replace(
        pulse,
        failures=pulse.failures.seen(1.0 if is_failure else 0.0),
        log_latency=seen_ratio(pulse.log_latency, latency_ratio),
        log_cost=seen_ratio(pulse.log_cost, cost_ratio),
    )


def seen_ratio(average: Average, ratio: float | None) -> Average:
    """With one ratio more, if it is one."""
    return average if ratio is None or not 0 < ratio < math.inf else average.seen(math.log(ratio))


def scored(pulse: Pulse, task_type: str, surprise: float) -> Pulse:
    """With one score more; `surprise` is the score less what was predicted, in [-1, 1]."""
    before = pulse.quality.get(task_type, Average())
    return replace(pulse, quality={**pulse.quality, task_type: before.seen(surprise)})


def strain_of(pulse: Pulse, task_type: str) -> Strain:
    """What follows for the predictions of a task type."""
    return Strain(
        failure_rate=max(0.0, pulse.failures.shrunk(FAILURE_STRENGTH) - TOLERATED),
        latency_factor=math.exp(pulse.log_latency.shrunk(RATIO_STRENGTH)),
        cost_factor=math.exp(pulse.log_cost.shrunk(RATIO_STRENGTH)),
        quality_shift=shift_of(pulse.quality.get(task_type, Average())),
    )


def shift_of(surprises: Average) -> float:
    """What is added to a predicted quality: a drop beyond the dead band, shrunk.

    Never more than 0: a model in use that does better than predicted says nothing of those that were not asked.
    """
    if not surprises.weight:
        return 0.0
    band = DEAD_BAND * SCORE_SD / math.sqrt(surprises.weight)
    drop = min(0.0, surprises.mean + band) * surprises.weight / (surprises.weight + SCORE_STRENGTH)
    return min(0.0, max(drop, surprises.shrunk(SCORE_STRENGTH)))
