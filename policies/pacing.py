"""The pace of spending: λ found anew from the money that is really left, each time a chunk of a step is routed.

A primal-dual scheme: the dual price follows the resource and the requests that remain, as outcomes come in
(Agrawal and Devanur, "Fast algorithms for online stochastic convex programming", SODA 2015; Balseiro and Gur, "Learning
in repeated auctions with budgets", Management Science 65, 2019).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from policies.allocation.arrays import Floats
from policies.allocation.curve import HIGHEST, curve_of
from policies.allocation.outlay import Weighed

MOST_POINTS = 512
# Real costs are compared with the forecast's; until this share of the budget is spent, mostly the forecast counts.
TRUST_AT = 0.02
# What is kept for the last calls, of which each has to reserve its worst case, which is more than it will cost: that of
# the dearest call, within these shares of the budget.
LEAST_HELD, MOST_HELD = 0.005, 0.015
LEAST_RATIO, MOST_RATIO = 0.05, 20.0


@dataclass(frozen=True, slots=True)
class StepPace:
    """What one step is expected to cost: `spend_usd` at each of the `lambdas`, which rise while it falls.

    `chunk_shares` are how that is spread over the chunks of the batch, adding up to 1.
    """

    lambdas: tuple[float, ...]
    spend_usd: tuple[float, ...]
    chunk_shares: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class PacePlan:
    """The paces of a job's steps; λ never falls below `least_lambda`, at which the floor of quality is reached.

    `dearest_call_usd` is the worst case of the dearest call that is planned. `scarcity` is what a call of a model
    counts in quality, for the batch to fit the models' limits before the job's deadline.
    """

    steps: Mapping[str, StepPace]
    least_lambda: float = 0.0
    dearest_call_usd: float = 0.0
    scarcity: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the money of a run stands, in USD.

    `spent_usd` is all that is spent. `routed_usd` was expected of the calls routed so far; `settled_usd` of those whose
    chunk has settled, which really cost `settled_cost_usd`. `left` is the share of each step that is not routed.
    """

    limit_usd: float
    spent_usd: float
    routed_usd: float
    settled_usd: float
    settled_cost_usd: float
    left: Mapping[str, float]


def pace(plan: PacePlan, progress: Progress) -> float:
    """The smallest λ at which what is left to route is expected to cost what is left to spend, all but a little."""
    room_usd = room(plan, progress)
    curves = [(plan.steps[name], share) for name, share in progress.left.items() if share > 0 and name in plan.steps]

    def spend_at(lambdas: Floats) -> Floats:
        spends = [share * np.interp(lambdas, step.lambdas, step.spend_usd) for step, share in curves]
        return np.asarray(np.sum(spends, axis=0))

    lambdas = np.unique(np.concatenate([np.zeros(1), *(step.lambdas for step, _ in curves)]))
    if not curves:
        return plan.least_lambda
    spends = spend_at(lambdas)
    enough = np.flatnonzero(spends <= room_usd)
    if not len(enough):
        return HIGHEST
    first = int(enough[0])
    if not first:
        return max(float(lambdas[0]), plan.least_lambda)
    # Between two points all curves are straight, and so is their sum.
    over, under = spends[first - 1] - room_usd, room_usd - spends[first]
    found = lambdas[first] - (lambdas[first] - lambdas[first - 1]) * under / (over + under)
    return max(float(found), plan.least_lambda)


def room(plan: PacePlan, progress: Progress) -> float:
    """How much of the forecast's USD may still be routed: what is left to spend, less what is held back for the end."""
    ratio = cost_ratio(progress)
    held_usd = max(LEAST_HELD * progress.limit_usd, min(plan.dearest_call_usd, MOST_HELD * progress.limit_usd))
    return (left_to_spend(progress, ratio) - held_usd) / ratio


def cost_ratio(progress: Progress) -> float:
    """Real over expected cost, from the chunks that have settled, drawn towards 1 while they are few."""
    prior = TRUST_AT * progress.limit_usd
    expected = progress.settled_usd + prior
    ratio = (progress.settled_cost_usd + prior) / expected if expected else 1.0
    return min(max(ratio, LEAST_RATIO), MOST_RATIO)


def left_to_spend(progress: Progress, ratio: float) -> float:
    """The money that no call which is routed already is expected to take."""
    under_way = ratio * (progress.routed_usd - progress.settled_usd)
    spent_of_it = max(progress.spent_usd - progress.settled_cost_usd, 0.0)
    return progress.limit_usd - progress.settled_cost_usd - max(under_way, spent_of_it)


def pace_of(weighed: Weighed, *, chunk_sizes: Sequence[int]) -> StepPace:
    """A step's pace, from its requests in the order of the batch; each chunk takes the next so many of them."""
    curve = curve_of(weighed.menu, weighed.dither)
    spends, lambdas = curve.cost_usd[::-1], np.append(0.0, curve.threshold[::-1])
    kept = np.unique(np.linspace(0, len(lambdas) - 1, MOST_POINTS).astype(np.int64))
    cheapest = np.where(np.isfinite(weighed.menu.cost_usd), weighed.menu.cost_usd, np.inf).min(axis=1, initial=np.inf)
    known = np.where(np.isfinite(cheapest), cheapest, 0.0)
    weights = known + (known.mean() if len(known) else 0.0) + 1e-12  # a free request may still take its upgrade
    chunk = np.repeat(np.arange(len(chunk_sizes)), chunk_sizes)
    sums = np.bincount(chunk, weights=weights[: len(chunk)], minlength=len(chunk_sizes))
    shares = sums / sums.sum() if sums.sum() else sums
    return StepPace(tuple(lambdas[kept].tolist()), tuple(spends[kept].tolist()), tuple(shares.tolist()))
