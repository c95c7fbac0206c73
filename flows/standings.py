"""How policies compare on the same items, from the warehouse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from warehouse.home import Home
from warehouse.query import named_query

RIGHT_FROM = 0.5


@dataclass(frozen=True, slots=True)
class Answered:
    """One item of a run: the quality of its answer in [0, 1], the cost in USD and the seconds of all its calls."""

    quality: float | None
    cost_usd: Decimal | None
    latency_s: float | None


@dataclass(frozen=True, slots=True)
class Standing:
    """One policy on the sample: right answers, cost in USD (None: unknown in part), seconds of calls."""

    name: str
    n_items: int
    n_right: int
    cost_usd: Decimal | None
    latency_s: float


def compare(home: Home, names: Mapping[str, str], *, step: str) -> list[Standing]:
    """The policies (name to run) on the items that all of them ran, judged by the answers of a step, best first."""
    rows = {name: items_of(home, run_id, step=step) for name, run_id in names.items()}
    common = set.intersection(*(set(items) for items in rows.values()))
    standings = [standing(name, [items[item] for item in sorted(common)]) for name, items in rows.items()]
    return sorted(standings, key=lambda one: -one.n_right)


def items_of(home: Home, run_id: str, *, step: str) -> dict[str, Answered]:
    """What a run made of each item."""
    table = named_query(home, "compare_items", parameters={"run_id": run_id, "step": step})
    return {str(item): Answered(*facts) for item, *facts in table.rows}  # type: ignore[arg-type] # the query's columns


def standing(name: str, items: Sequence[Answered]) -> Standing:
    """The sums over the items; an answer is right at a score of at least a half, and not without a score."""
    costs = [item.cost_usd for item in items if item.cost_usd is not None]
    return Standing(
        name=name,
        n_items=len(items),
        n_right=sum((item.quality or 0.0) >= RIGHT_FROM for item in items),
        cost_usd=sum(costs, Decimal(0)) if len(costs) == len(items) else None,
        latency_s=sum(item.latency_s or 0.0 for item in items),
    )


def verdict(standings: Sequence[Standing], *, routed: str) -> str:
    """What routing bought on these items, in one sentence, also where that is nothing."""
    ours = next(one for one in standings if one.name == routed)
    most = max(one.n_right for one in standings if one.name != routed)
    best = " and ".join(one.name for one in standings if one.name != routed and one.n_right == most)
    gap = ours.n_right - most
    if gap > 0:
        return f"Routing answered {gap} more of {ours.n_items} right than the best without it ({best})."
    if gap == 0:
        return f"Routing bought no better answers on these {ours.n_items} items: {best} had as many right."
    return f"Routing bought nothing on these {ours.n_items} items: {best} had {-gap} more right."
