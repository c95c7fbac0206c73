"""How policies compare on the same items, from the warehouse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from flows.mcnemar import discordance
from warehouse.home import Home
from warehouse.query import named_query

RIGHT_FROM = 0.5


@dataclass(frozen=True, slots=True)
class Answered:
    """One item of a run: the quality of its answer in [0, 1], the cost in USD and the seconds of all its calls.

    `is_answered` says whether there was an answer at all.
    """

    quality: float | None
    cost_usd: Decimal | None
    latency_s: float | None
    is_answered: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """One policy on the items: which it answered right, cost in USD (None: unknown in part), seconds of calls."""

    name: str
    n_items: int
    right: frozenset[str]
    cost_usd: Decimal | None
    latency_s: float

    @property
    def n_right(self) -> int:
        """How many it answered right."""
        return len(self.right)


def compare(home: Home, names: Mapping[str, str], *, step: str) -> list[Standing]:
    """The policies (name to run) on the items that all of them ran, judged by the answers of a step, best first."""
    rows = {name: items_of(home, run_id, step=step) for name, run_id in names.items()}
    common = set.intersection(*(set(items) for items in rows.values()))
    standings = [standing(name, {item: items[item] for item in sorted(common)}) for name, items in rows.items()]
    return sorted(standings, key=lambda one: -one.n_right)


def items_of(home: Home, run_id: str, *, step: str) -> dict[str, Answered]:
    """What a run made of each item."""
    table = named_query(home, "compare_items", parameters={"run_id": run_id, "step": step})
    return {str(item): Answered(*facts) for item, *facts in table.rows}  # type: ignore[arg-type] # the query's columns


def standing(name: str, items: Mapping[str, Answered]) -> Standing:
    """The sums over the items; an answer is right at a score of at least a half, and not without a score."""
    costs = [item.cost_usd for item in items.values() if item.cost_usd is not None]
    return Standing(
        name=name,
        n_items=len(items),
        right=frozenset(item_id for item_id, item in items.items() if (item.quality or 0.0) >= RIGHT_FROM),
        cost_usd=sum(costs, Decimal(0)) if len(costs) == len(items) else None,
        latency_s=sum(item.latency_s or 0.0 for item in items.values()),
    )


def verdict(standings: Sequence[Standing], *, routed: str, n_batch: int) -> str:
    """What routing bought on these items of the batch's, also where that is nothing, and whether it can be chance."""
    ours = next(one for one in standings if one.name == routed)
    rivals = [one for one in standings if one.name != routed]
    best = [one for one in rivals if one.n_right == max(rival.n_right for rival in rivals)]
    names, gap = " and ".join(one.name for one in best), ours.n_right - best[0].n_right
    where = f"these {ours.n_items}" if ours.n_items == n_batch else f"this sample of {ours.n_items} of {n_batch}"
    if gap > 0:
        bought = f"routing answered {gap} more right than the best without it ({names})"
    elif gap == 0:
        bought = f"routing bought no better answers: {names} had as many right"
    else:
        bought = f"routing bought nothing: {names} had {-gap} more right"
    return f"On {where} items {bought}. " + " ".join(comparison(ours, rival) for rival in best)


def comparison(ours: Standing, rival: Standing) -> str:
    """On how many items two policies differ, and whether that shows a difference between them."""
    split = discordance(ours.right, rival.right)
    counts = f"{split.ours_only} only routing had right, {split.theirs_only} only {rival.name}"
    test = f"McNemar's exact test, p = {split.p_value:.2g}"
    if split.is_significant:
        return f"Of the {ours.n_items}, {counts}: seldom by chance ({test})."
    return f"Of the {ours.n_items}, {counts}: that shows no difference, as chance makes such a one often ({test})."
