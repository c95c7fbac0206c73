"""What a run made of one item, and how one policy stands on a batch of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

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


def standing(name: str, items: Mapping[str, Answered]) -> Standing:
    """The sums over the items; an answer is right at a score of at least a half, and not without a score."""
    return Standing(
        name=name,
        n_items=len(items),
        right=frozenset(item_id for item_id, item in items.items() if (item.quality or 0.0) >= RIGHT_FROM),
        cost_usd=total_usd(items),
        latency_s=sum(item.latency_s or 0.0 for item in items.values()),
    )


def standings_of(runs: Mapping[str, Mapping[str, Answered]]) -> list[Standing]:
    """The policies on the items that all of them ran, the one with the most right answers first."""
    return sorted((standing(name, items) for name, items in in_common(runs).items()), key=lambda one: -one.n_right)


def in_common(runs: Mapping[str, Mapping[str, Answered]]) -> Mapping[str, Mapping[str, Answered]]:
    """Each run's items that all runs have, in one order; at least one run."""
    common = sorted(set.intersection(*(set(items) for items in runs.values())))
    return {name: {item_id: items[item_id] for item_id in common} for name, items in runs.items()}


def total_usd(items: Mapping[str, Answered]) -> Decimal | None:
    """The cost of all items in USD; None where some are not known."""
    costs = [item.cost_usd for item in items.values() if item.cost_usd is not None]
    return sum(costs, Decimal(0)) if len(costs) == len(items) else None


def settled(item: Answered, *, is_scored: bool) -> Answered:
    """An item that got no answer at a step that is scored has quality 0: to leave it out would flatter the policy."""
    if is_scored and item.quality is None and not item.is_answered:
        return replace(item, quality=0.0)
    return item
