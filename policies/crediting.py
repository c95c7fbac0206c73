"""A step's quality with the final score credited to it: how good its models are by what came of their answers.

A step's own score may be weak evidence: a rewrite is good if the final answer is. Its models' quality is then
(1 - w) · own + w · final, where own is the mean of what the step's scorers said, final the model's main effect on the
final score (`policies.main_effects`), and w the weight that the job gives it. Each part is estimated from all calls
that have it, so a call without a final score yet counts as far as it is judged, and mixes no scale with another.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from policies.main_effects import Estimate, Level
from policies.shrinkage import PRIOR_OBSERVATIONS, PRIOR_VARIANCE, CellSums


@dataclass(frozen=True, slots=True)
class CreditSums:
    """What the ledger adds up for one model in one step of a job, over `n` answers.

    `n_refused` of them could not be used, and nothing came of them; `own_quality` and `own_variance` (None for one) are
    of the `n_own` that the step's scorers judged, None for none; `weight` is the final score's, in [0, 1].
    """

    level: Level
    weight: float
    n: int
    n_refused: int
    n_own: int
    own_quality: float | None
    own_variance: float | None


@dataclass(frozen=True, slots=True)
class Credited:
    """The quality of one model in one step, from `n` answers; `credit` is the part that the final score is of it."""

    task_type: str
    model: str
    n: int
    quality: Estimate
    credit: float
    own: Estimate | None


def credit_step(sums: Sequence[CreditSums], effects: Mapping[Level, Estimate]) -> tuple[Credited, ...]:
    """Credit the models of one step; own scores alone where no item has a final score, and nothing without either.

    Of a model that lacks one part that others of the step have, that part is the step's mean, with the largest error.
    """
    finals = [effects[one.level] for one in sums if one.level in effects]
    owns = [one for one in sums if one.own_quality is not None]
    n_own = sum(one.n_own for one in owns)
    usual_own = sum(one.n_own * (one.own_quality or 0.0) for one in owns) / n_own if owns else None
    usual_final = sum(final.mean for final in finals) / len(finals) if finals else None
    found = []
    for one in sums:
        own = own_of(one, usual_own)
        final = None if usual_final is None else final_of(one, effects.get(one.level), usual_final)
        if one.n_own == 0 and one.level not in effects and one.n_refused == 0:
            continue
        quality, credit = combine(own, final, one.weight)
        if quality is not None:
            seen = own if one.n_own else None
            found.append(Credited(one.level.task_type, one.level.model, one.n, quality, credit, seen))
    return tuple(found)


def own_of(sums: CreditSums, usual: float | None) -> Estimate | None:
    """The mean of the own scores; its error has the imagined observations of `policies.shrinkage`."""
    if usual is None:
        return None
    if sums.own_quality is None:
        return Estimate(usual, PRIOR_VARIANCE)
    return Estimate(sums.own_quality, score_variance(sums.n_own, sums.own_variance) / sums.n_own)


def score_variance(n: float, variance: float | None) -> float:
    """The variance of one score, from the sample variance of n and the imagined observations."""
    return ((n - 1) * (variance or 0.0) + PRIOR_OBSERVATIONS * PRIOR_VARIANCE) / (n - 1 + PRIOR_OBSERVATIONS)


def final_of(sums: CreditSums, effect: Estimate | None, usual: float) -> Estimate:
    """The expected final score of an answer: 0 for the share that was refused, of which no final answer came."""
    used = effect or Estimate(usual, PRIOR_VARIANCE)
    mean, share = min(1.0, max(0.0, used.mean)), 1 - sums.n_refused / sums.n
    return Estimate(share * mean, share**2 * used.variance + mean**2 * share * (1 - share) / sums.n)


def combine(own: Estimate | None, final: Estimate | None, weight: float) -> tuple[Estimate | None, float]:
    """The credited quality, and the part of it that is the final score.

    A final score alone is w of the evidence that it is for the final step, so its variance is 1 / w of itself. How far
    own and final score err together is not known: as far as they can, which is the most.
    """
    if final is None or not weight:
        return own, 0.0
    if own is None:
        return Estimate(final.mean, final.variance / weight), 1.0
    mean = (1 - weight) * own.mean + weight * final.mean
    error = (1 - weight) * math.sqrt(own.variance) + weight * math.sqrt(final.variance)
    return Estimate(mean, error**2), weight


def add_credited(cell: CellSums, credited: Sequence[Credited]) -> CellSums:
    """One cell of the weights from the steps that are credited and those that are not.

    `cell` has the plain mean of the n ≥ 0 scores that nothing is credited to, and the cost and latency of all. Each
    step counts by the number of its answers.
    """
    parts = list(credited)
    if cell.n:
        plain = Estimate(cell.quality, score_variance(cell.worth_n, cell.quality_variance) / cell.worth_n)
        parts.append(Credited(cell.task_type, cell.model, cell.n, plain, 0.0, plain))
    n = sum(part.n for part in parts)
    judged = [(part.n, part.own.mean) for part in parts if part.own is not None]
    n_judged = sum(count for count, _ in judged)
    return replace(
        cell,
        n=n,
        quality=sum(part.n * part.quality.mean for part in parts) / n,
        quality_variance=None,
        effective_n=None,
        mean_variance=sum((part.n / n) ** 2 * part.quality.variance for part in parts),
        credit=sum(part.n * part.credit for part in parts) / n,
        own_quality=sum(count * mean for count, mean in judged) / n_judged if judged else None,
    )
