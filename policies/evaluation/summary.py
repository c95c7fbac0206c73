"""What came of all splits: each figure with its mean and spread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from policies.evaluation.baselines import Baselines
from policies.evaluation.choices import Means
from policies.evaluation.full import RouterResult, SplitResult
from policies.evaluation.headline import Headline
from policies.evaluation.log import LogResult
from policies.evaluation.operating_point import FLOORS
from policies.evaluation.spread import Spread, spread_of


@dataclass(frozen=True, slots=True)
class PolicySummary:
    """What needs no router: quality and cost per call, and AIQ of what has a frontier."""

    name: str
    quality: Spread
    cost_usd: Spread
    aiq: Spread | None = None


@dataclass(frozen=True, slots=True)
class HeadlineSummary:
    """The field's headline figures of some choices, over the splits: see `Headline`."""

    quality: Spread
    quality_difference: Spread
    quality_ratio: Spread
    cost_usd: Spread
    strongest_share: Spread
    saving_against_strongest: Spread
    saving_against_random: Spread
    mean_parameters_m: Spread
    speed_up: Spread
    shares: tuple[Spread, ...]


@dataclass(frozen=True, slots=True)
class FloorSummary:
    """A router where it is run for a floor of quality; `n_missed` are the splits that fell below it."""

    floor: str
    n_missed: int
    headline: HeadlineSummary


@dataclass(frozen=True, slots=True)
class RouterSummary:
    """One router; `quality`, `quality_difference` and `cost_usd` are at λ = 0, where cost does not count.

    RouteLLM's figures are None unless there are two models.
    """

    router: str
    quality: Spread
    quality_difference: Spread
    cost_usd: Spread
    aiq: Spread
    apgr: Spread | None
    cpt_50: Spread | None
    cpt_80: Spread | None
    ece: Spread
    brier: Spread
    decision_s: Spread
    at_floors: tuple[FloorSummary, ...]


@dataclass(frozen=True, slots=True)
class LogSummary:
    """One router from a cold start; see `LogResult`."""

    router: str
    quality: Spread
    cost_usd: Spread
    fixed_quality: Spread
    regret: Spread
    ratio_to_full: Spread
    late_ratio_to_full: Spread
    headline: HeadlineSummary


def summarise_policies(splits: Sequence[SplitResult]) -> tuple[PolicySummary, ...]:
    """The baselines, from the cheapest to the oracle."""

    def policy(name: str, means: Callable[[Baselines], Means], aiq: Spread | None = None) -> PolicySummary:
        found = [means(split.baselines) for split in splits]
        return PolicySummary(name, spread_of(m.quality for m in found), spread_of(m.cost_usd for m in found), aiq)

    return (
        policy("cheapest", lambda b: b.cheapest),
        policy("random", lambda b: b.random),
        policy("best single", lambda b: b.best_single, spread_of(split.singles_aiq for split in splits)),
        policy("per-task best", lambda b: b.per_task_best),
        policy("oracle", lambda b: b.oracle, spread_of(split.oracle_aiq for split in splits)),
    )


def summarise_routers(splits: Sequence[SplitResult]) -> tuple[RouterSummary, ...]:
    """Each router, in the order in which they were evaluated."""
    return tuple(summarise_router(results) for results in zip(*(split.routers for split in splits), strict=True))


def summarise_router(results: Sequence[RouterResult]) -> RouterSummary:
    """One router's results, one per split."""
    two = [one.strong_share for one in results if one.strong_share is not None]
    return RouterSummary(
        router=results[0].router,
        quality=spread_of(one.at_best.quality for one in results),
        quality_difference=spread_of(one.at_best.quality_difference for one in results),
        cost_usd=spread_of(one.at_best.cost_usd for one in results),
        aiq=spread_of(one.aiq for one in results),
        apgr=spread_of(one.apgr for one in two) if two else None,
        cpt_50=spread_of(one.cpt_50 for one in two) if two else None,
        cpt_80=spread_of(one.cpt_80 for one in two) if two else None,
        ece=spread_of(one.ece for one in results),
        brier=spread_of(one.brier for one in results),
        decision_s=spread_of(one.decision_s for one in results),
        at_floors=tuple(summarise_floor(results, number) for number in range(len(FLOORS))),
    )


def summarise_floor(results: Sequence[RouterResult], number: int) -> FloorSummary:
    """One router's results at one of the floors."""
    return FloorSummary(
        floor=FLOORS[number].name,
        n_missed=sum(one.is_below_floor[number] for one in results),
        headline=summarise_headlines([one.at_floors[number] for one in results]),
    )


def summarise_headlines(found: Sequence[Headline]) -> HeadlineSummary:
    """The headline figures of one router, one per split."""
    return HeadlineSummary(
        quality=spread_of(h.quality for h in found),
        quality_difference=spread_of(h.quality_difference for h in found),
        quality_ratio=spread_of(h.quality_ratio for h in found),
        cost_usd=spread_of(h.cost_usd for h in found),
        strongest_share=spread_of(h.strongest_share for h in found),
        saving_against_strongest=spread_of(h.saving_against_strongest for h in found),
        saving_against_random=spread_of(h.saving_against_random for h in found),
        mean_parameters_m=spread_of(h.mean_parameters_m for h in found),
        speed_up=spread_of(h.speed_up for h in found),
        shares=tuple(spread_of(shares) for shares in zip(*(h.shares for h in found), strict=True)),
    )


def summarise_log(results: Sequence[LogResult]) -> LogSummary:
    """One router's cold starts, one per split."""
    ends = [one.progress[-1] for one in results]
    return LogSummary(
        router=results[0].router,
        quality=spread_of(end.quality for end in ends),
        cost_usd=spread_of(end.cost_usd for end in ends),
        fixed_quality=spread_of(end.fixed_quality for end in ends),
        regret=spread_of(end.regret for end in ends),
        ratio_to_full=spread_of(one.ratio_to_full for one in results),
        late_ratio_to_full=spread_of(one.late_ratio_to_full for one in results),
        headline=summarise_headlines([one.headline for one in results]),
    )
