"""Full information: a router learns from every model's outcomes on one half of the prompts, and routes the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from policies.evaluation.baselines import Baselines, measure_baselines
from policies.evaluation.calibration import brier_score, expected_calibration_error
from policies.evaluation.choices import choose
from policies.evaluation.frontier import Point, aiq, hull, single_points, sweep
from policies.evaluation.headline import Headline, headline_of
from policies.evaluation.operating_point import FLOORS, Floor, choose_at, predict_out_of_fold, tune
from policies.evaluation.oracle import foresee
from policies.evaluation.router import Predictions, Router
from policies.evaluation.strong_share import apgr, cpt, share_curve
from policies.evaluation.table import OutcomeTable

Clock: TypeAlias = Callable[[], float]  # seconds, from any start


@dataclass(frozen=True, slots=True)
class StrongShare:
    """RouteLLM's figures between two models, each a share of 1; None where the stronger model is not better here."""

    apgr: float | None
    cpt_50: float | None
    cpt_80: float | None


@dataclass(frozen=True, slots=True)
class RouterResult:
    """One router on one split; `points` are its hull, `at_floors` in the order of `FLOORS`.

    `at_best` are its choices at λ = 0, whatever they cost. `strong_share` is None unless there are two models.
    """

    router: str
    points: tuple[Point, ...]
    aiq: float | None
    strong_share: StrongShare | None
    ece: float
    brier: float
    at_best: Headline
    at_floors: tuple[Headline, ...]
    is_below_floor: tuple[bool, ...]
    decision_s: float  # per prompt: prediction and choice


@dataclass(frozen=True, slots=True)
class SplitResult:
    """All routers on one split, beside what needs no router."""

    seed: int
    n_train: int
    n_test: int
    n_seen_texts: int  # prompts of the routed half whose very text is in the other
    baselines: Baselines
    singles: tuple[Point, ...]
    singles_aiq: float | None
    oracle_points: tuple[Point, ...]
    oracle_aiq: float | None
    routers: tuple[RouterResult, ...]


def evaluate_split(
    train: OutcomeTable, test: OutcomeTable, *, routers: Sequence[Router], seed: int, clock: Clock
) -> SplitResult:
    """Evaluate each router on one split; the tables have the same models, in the same order, and known costs."""
    singles = single_points(test.outcomes)
    oracle_points = hull(sweep(foresee(test.outcomes), test.outcomes))
    seen = set(train.prompts.texts)
    return SplitResult(
        seed=seed,
        n_train=len(train),
        n_test=len(test),
        n_seen_texts=sum(text in seen for text in test.prompts.texts),
        baselines=measure_baselines(train, test),
        singles=singles,
        singles_aiq=aiq(singles, singles),
        oracle_points=oracle_points,
        oracle_aiq=aiq(oracle_points, singles),
        routers=tuple(evaluate_router(router, train, test, seed=seed, clock=clock) for router in routers),
    )


def evaluate_router(
    router: Router, train: OutcomeTable, test: OutcomeTable, *, seed: int, clock: Clock
) -> RouterResult:
    """Fit on one half, and measure on the other."""
    multipliers = tune(predict_out_of_fold(router, train, seed=seed), train, FLOORS)
    fitted = router.fit(train.prompts, train.outcomes, seed=seed)
    started_s = clock()
    predictions = fitted.predict(test.prompts)
    best = choose(predictions, 0.0)
    decision_s = (clock() - started_s) / len(test)
    strongest, actual = train.strongest, test.outcomes.quality
    chosen = [choose_at(predictions, multiplier, strongest=strongest) for multiplier in multipliers]
    at_floors = tuple(headline_of(test, one, strongest=strongest) for one in chosen)
    points = hull(sweep(predictions, test.outcomes))
    return RouterResult(
        router=router.name,
        points=points,
        aiq=aiq(points, single_points(test.outcomes)),
        strong_share=strong_share_of(predictions, test, strongest=strongest) if len(test.models) == 2 else None,
        ece=expected_calibration_error(predictions.quality, actual),
        brier=brier_score(predictions.quality, actual),
        at_best=headline_of(test, best, strongest=strongest),
        at_floors=at_floors,
        is_below_floor=tuple(is_missed(h, floor) for h, floor in zip(at_floors, FLOORS, strict=True)),
        decision_s=decision_s,
    )


def is_missed(headline: Headline, floor: Floor) -> bool:
    """Whether the routed half fell below the floor that the λ was tuned for."""
    return headline.quality < floor.quality(headline.quality - headline.quality_difference) - 1e-12


def strong_share_of(predictions: Predictions, test: OutcomeTable, *, strongest: int) -> StrongShare:
    """RouteLLM's figures, by the predicted gain of the stronger model as the score."""
    weak, strong = 1 - strongest, strongest
    score = predictions.quality[:, strong] - predictions.quality[:, weak]
    actual = test.outcomes.quality
    curve = share_curve(score, weak=actual[:, weak], strong=actual[:, strong])
    return StrongShare(apgr(curve), cpt(curve, 0.5), cpt(curve, 0.8))
