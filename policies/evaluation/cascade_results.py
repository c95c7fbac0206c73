"""What cascades came to on one split: each by itself for all prompts, and as part of what a router chooses from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from policies.cascade.expected import pair_up
from policies.cascade.theory import hull_of
from policies.evaluation.cascading import (
    LEAST_LIFT,
    Flags,
    Learned,
    NoisyCheck,
    add_cascades,
    learn_check,
    outcomes_with,
    pairs_of,
)
from policies.evaluation.choices import choose, multipliers_of
from policies.evaluation.frontier import Point, aiq, hull, quality_at, single_points, sweep
from policies.evaluation.outcomes import Floats
from policies.evaluation.router import Predictions, Router
from policies.evaluation.table import OutcomeTable


@dataclass(frozen=True, slots=True)
class PlainCascade:
    """One cascade for all prompts: by how much its quality is expected to be above the single models' hull at its cost,
    from the half learned from, whether it refuses itself by that, and what came true on the other half."""

    first: str
    second: str
    expected_lift: float
    is_refused: bool
    lift: float
    quality: float
    cost_usd: float


@dataclass(frozen=True, slots=True)
class CascadeRouterResult:
    """A router with cascades beside the models; `best_lift` is the most that its quality is above the single models'
    hull, at any λ, `offered_share` the prompts where some cascade does not refuse itself, `cascaded_share` those of
    that λ that took one."""

    router: str
    aiq_alone: float | None
    aiq: float | None
    best_lift_alone: float
    best_lift: float
    offered_share: float
    cascaded_share: float
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class CascadeSplit:
    """Cascades on one split; `aiq` is that of the models with the plain cascades that don't refuse themselves."""

    singles_aiq: float | None
    aiq: float | None
    plain: tuple[PlainCascade, ...]
    routers: tuple[CascadeRouterResult, ...]

    @property
    def n_refused(self) -> int:
        """How many cascades refuse themselves."""
        return sum(one.is_refused for one in self.plain)


def evaluate_cascades(
    train: OutcomeTable, test: OutcomeTable, *, routers: Sequence[Router], check: NoisyCheck, seed: int
) -> CascadeSplit:
    """Learn the check's rates on one half, and measure on the other; the draws come from `seed` alone."""
    rng = np.random.default_rng([seed, 1])
    learned = learn_check(train, check.draw(train.outcomes, rng))
    passes = check.draw(test.outcomes, rng)
    singles = single_points(test.outcomes)
    plain = plain_cascades(train, test, learned=learned, passes=passes)
    taken = [Point(one.quality, one.cost_usd) for one in plain if not one.is_refused]
    return CascadeSplit(
        aiq(singles, singles),
        aiq([*singles, *taken], singles),
        plain,
        tuple(evaluate_router(r, train, test, learned=learned, passes=passes, seed=seed) for r in routers),
    )


def plain_cascades(
    train: OutcomeTable, test: OutcomeTable, *, learned: Learned, passes: Flags
) -> tuple[PlainCascade, ...]:
    """Every cascade of two models, for all prompts alike."""
    first, second = pairs_of(len(train.models))
    quality, cost = train.outcomes.quality.mean(axis=0), train.outcomes.cost_usd.mean(axis=0)
    # Over all task types, models go together more than within one.
    together = np.nan_to_num(np.corrcoef(train.outcomes.quality, rowvar=False))
    expected = pair_up(quality, cost, learned.overall, quality_se=np.zeros_like(quality), correlation=together)
    lifts = expected.quality - hull_of(quality, cost).quality_at(expected.cost_usd)
    came = single_points(outcomes_with(test.outcomes, passes))[len(train.models) :]
    singles = single_points(test.outcomes)
    return tuple(
        PlainCascade(
            train.models[a],
            train.models[b],
            float(lifts[a, b]),
            bool(lifts[a, b] <= LEAST_LIFT),
            point.quality - quality_at(singles, point.cost_usd),
            point.quality,
            point.cost_usd,
        )
        for a, b, point in zip(first, second, came, strict=True)
    )


def evaluate_router(
    router: Router, train: OutcomeTable, test: OutcomeTable, *, learned: Learned, passes: Flags, seed: int
) -> CascadeRouterResult:
    """A router without and with cascades, at the same λ's."""
    predictions = router.fit(train.prompts, train.outcomes, seed=seed).predict(test.prompts)
    menu = add_cascades(predictions, test.outcomes, test.prompts, learned=learned, passes=passes)
    lambdas, singles = multipliers_of(predictions), single_points(test.outcomes)
    alone = sweep(predictions, test.outcomes, multipliers=lambdas)
    points = sweep(menu.predictions, menu.outcomes, multipliers=lambdas)
    lifts = [point.quality - quality_at(singles, point.cost_usd) for point in points]
    best = int(np.argmax(lifts))
    return CascadeRouterResult(
        router=router.name,
        aiq_alone=aiq(alone, singles),
        aiq=aiq(points, singles),
        best_lift_alone=max(point.quality - quality_at(singles, point.cost_usd) for point in alone),
        best_lift=lifts[best],
        offered_share=float(menu.offered.any(axis=1).mean()),
        cascaded_share=cascaded_share(menu.predictions, lambdas[best : best + 1], n_models=len(test.models)),
        points=hull(points),
    )


def cascaded_share(predictions: Predictions, multiplier: Floats, *, n_models: int) -> float:
    """The share of prompts that take a cascade at a λ."""
    return float((choose(predictions, float(multiplier[0])) >= n_models).mean())
