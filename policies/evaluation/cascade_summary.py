"""What cascades came to over all splits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from policies.evaluation.cascade_results import CascadeRouterResult, CascadeSplit, PlainCascade
from policies.evaluation.spread import Spread, spread_of


@dataclass(frozen=True, slots=True)
class PlainSummary:
    """One cascade for all prompts; `n_refused` are the splits on which it refuses itself. See `PlainCascade`."""

    first: str
    second: str
    expected_lift: Spread
    lift: Spread
    quality: Spread
    cost_usd: Spread
    n_refused: int


@dataclass(frozen=True, slots=True)
class CascadeRouterSummary:
    """One router with cascades; see `CascadeRouterResult`."""

    router: str
    aiq_alone: Spread
    aiq: Spread
    best_lift_alone: Spread
    best_lift: Spread
    offered_share: Spread
    cascaded_share: Spread


@dataclass(frozen=True, slots=True)
class CascadeSummary:
    """All cascades; `plain_lift` is of the one that was expected to gain most in each split, 0 where all refuse
    themselves. `plain` begins with the cascades of the highest expectation."""

    singles_aiq: Spread
    aiq: Spread
    plain_lift: Spread
    n_refused: Spread
    plain: tuple[PlainSummary, ...]
    routers: tuple[CascadeRouterSummary, ...]


def summarise_cascades(splits: Sequence[CascadeSplit]) -> CascadeSummary:
    """Mean and spread of each figure."""
    plain = [summarise_plain(some) for some in zip(*(split.plain for split in splits), strict=True)]
    return CascadeSummary(
        singles_aiq=spread_of(split.singles_aiq for split in splits),
        aiq=spread_of(split.aiq for split in splits),
        plain_lift=spread_of(lift_of_expected(split.plain) for split in splits),
        n_refused=spread_of(float(split.n_refused) for split in splits),
        plain=tuple(sorted(plain, key=lambda one: -(one.expected_lift.mean or 0.0))),
        routers=tuple(summarise_router(some) for some in zip(*(split.routers for split in splits), strict=True)),
    )


def lift_of_expected(plain: Sequence[PlainCascade]) -> float:
    """What came true of the cascade that promised most."""
    best = max(plain, key=lambda one: one.expected_lift)
    return 0.0 if best.is_refused else best.lift


def summarise_plain(some: Sequence[PlainCascade]) -> PlainSummary:
    """One cascade, one result per split."""
    return PlainSummary(
        some[0].first,
        some[0].second,
        # A cascade that costs less than any model is above their hull by any height.
        spread_of(min(one.expected_lift, 1.0) for one in some),
        spread_of(one.lift for one in some),
        spread_of(one.quality for one in some),
        spread_of(one.cost_usd for one in some),
        sum(one.is_refused for one in some),
    )


def summarise_router(some: Sequence[CascadeRouterResult]) -> CascadeRouterSummary:
    """One router, one result per split."""
    return CascadeRouterSummary(
        some[0].router,
        spread_of(one.aiq_alone for one in some),
        spread_of(one.aiq for one in some),
        spread_of(one.best_lift_alone for one in some),
        spread_of(one.best_lift for one in some),
        spread_of(one.offered_share for one in some),
        spread_of(one.cascaded_share for one in some),
    )
