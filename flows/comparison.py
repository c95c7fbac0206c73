"""How one batch fared under several policies, from the warehouse: sums, paired differences, headline figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from flows.standings import Answered, items_of
from warehouse.home import Home
from warehouse.query import named_query

if TYPE_CHECKING:
    from policies.evaluation.paired import Difference

STRONGEST, RANDOM = "strongest", "random"
SEED = 0
# A policy counts as good as the strongest model from this part of its quality on.
GOOD_ENOUGH = 0.95


@dataclass(frozen=True, slots=True)
class Fared:
    """One policy on the items that all policies ran.

    `quality` is the mean over the `n_scored` items with a score, where one that failed counts 0; cost in USD and
    seconds are of all calls, the cost None where some are not known. `strongest_share` is the share of routed calls
    that the models of the run under `strongest` answered, `mean_parameters_m` millions of weights per call.
    """

    policy: str
    run_id: str
    n_items: int
    n_failed: int
    n_scored: int
    quality: float | None
    cost_usd: Decimal | None
    latency_s: float
    n_calls: int
    strongest_share: float | None
    mean_parameters_m: float | None


@dataclass(frozen=True, slots=True)
class Against:
    """One policy less another on the same items, per item: quality, USD, seconds."""

    policy: str
    other: str
    quality: Difference
    cost_usd: Difference
    latency_s: Difference


@dataclass(frozen=True, slots=True)
class Headline:
    """One policy's saving against the runs under `strongest` and `random`, and how many times faster than the former.

    `is_good_enough` says whether its quality is at least 95 % of the strongest's; all None where that was not run.
    """

    policy: str
    quality_ratio: float | None
    is_good_enough: bool | None
    saving_against_strongest: float | None
    saving_against_random: float | None
    speed_up: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The policies in the order in which they were asked for; the first is what the others are held against."""

    step: str
    fared: tuple[Fared, ...]
    against: tuple[Against, ...]
    headlines: tuple[Headline, ...]


def compare_runs(
    home: Home, runs: Mapping[str, str], *, step: str, is_scored: bool, sizes_m: Mapping[str, float]
) -> Comparison:
    """Compare the runs of policies (name to run) by the answers of a step; `sizes_m` are the models' parameters."""
    found = {policy: items_of(home, run_id, step=step) for policy, run_id in runs.items()}
    common = sorted(set.intersection(*(set(items) for items in found.values())))
    rows = {policy: [settled(items[name], is_scored=is_scored) for name in common] for policy, items in found.items()}
    calls = {policy: calls_of(home, run_id) for policy, run_id in runs.items()}
    strongest = frozenset(calls.get(STRONGEST, {}))
    fared = tuple(
        fare(policy, run_id, rows[policy], calls[policy], strongest=strongest, sizes_m=sizes_m)
        for policy, run_id in runs.items()
    )
    first, *others = runs
    against = tuple(hold_against(other, first, rows) for other in others)
    by_policy = {one.policy: one for one in fared}
    return Comparison(step, fared, against, tuple(headline_of(one, by_policy) for one in fared))


def settled(item: Answered, *, is_scored: bool) -> Answered:
    """An item that got no answer at a step that is scored has quality 0: to leave it out would flatter the policy."""
    if is_scored and item.quality is None and not item.is_answered:
        return Answered(0.0, item.cost_usd, item.latency_s)
    return item


def calls_of(home: Home, run_id: str) -> dict[str, int]:
    """How many routed calls each model of a run answered."""
    table = named_query(home, "compare_models", parameters={"run_id": run_id})
    return {str(model): int(str(n)) for model, n in table.rows}


def fare(
    policy: str,
    run_id: str,
    items: Sequence[Answered],
    calls: Mapping[str, int],
    *,
    strongest: frozenset[str],
    sizes_m: Mapping[str, float],
) -> Fared:
    """One policy's sums."""
    qualities = [item.quality for item in items if item.quality is not None]
    costs = [item.cost_usd for item in items if item.cost_usd is not None]
    n_calls = sum(calls.values())
    is_sized = n_calls > 0 and all(model in sizes_m for model in calls)
    return Fared(
        policy=policy,
        run_id=run_id,
        n_items=len(items),
        n_failed=sum(not item.is_answered for item in items),
        n_scored=len(qualities),
        quality=sum(qualities) / len(qualities) if qualities else None,
        cost_usd=sum(costs, Decimal(0)) if len(costs) == len(items) else None,
        latency_s=sum(item.latency_s or 0.0 for item in items),
        n_calls=n_calls,
        strongest_share=sum(calls.get(name, 0) for name in strongest) / n_calls if strongest and n_calls else None,
        mean_parameters_m=sum(sizes_m[m] * n for m, n in calls.items()) / n_calls if is_sized else None,
    )


def hold_against(policy: str, other: str, rows: Mapping[str, Sequence[Answered]]) -> Against:
    """The paired differences of two policies."""
    import numpy as np

    from policies.evaluation.paired import paired_difference

    def difference(name: str) -> Difference:
        ours, theirs = (
            np.array([np.nan if (value := getattr(item, name)) is None else float(value) for item in rows[one]])
            for one in (policy, other)
        )
        return paired_difference(ours, theirs, seed=SEED)

    return Against(policy, other, difference("quality"), difference("cost_usd"), difference("latency_s"))


def headline_of(one: Fared, fared: Mapping[str, Fared]) -> Headline:
    """The field's headline figures, as far as the runs that they take were made."""
    strong, random = fared.get(STRONGEST), fared.get(RANDOM)
    ratio = one.quality / strong.quality if strong and strong.quality and one.quality is not None else None
    return Headline(
        policy=one.policy,
        quality_ratio=ratio,
        is_good_enough=None if ratio is None else ratio >= GOOD_ENOUGH,
        saving_against_strongest=saved(one, strong),
        saving_against_random=saved(one, random),
        speed_up=strong.latency_s / one.latency_s if strong and one.latency_s > 0 else None,
    )


def saved(one: Fared, other: Fared | None) -> float | None:
    """The part of the other's cost that is saved; None where it was not run or cost nothing, or a cost is not known."""
    from policies.evaluation.headline import saving

    if other is None or other.cost_usd is None or one.cost_usd is None:
        return None
    return saving(float(one.cost_usd), float(other.cost_usd))
