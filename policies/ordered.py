"""The ranking of a shortlist: in the order in which it is written."""

from __future__ import annotations

from dataclasses import dataclass

from policies.ranking import Batch, Field, Place, Ranking, rank_each


@dataclass(frozen=True, slots=True)
class OrderedRanker:
    """Ranks models as `order` lists them; every model that it is given must be in it."""

    order: tuple[str, ...]

    @property
    def name(self) -> str:
        return "ordered"

    def rank(self, batch: Batch) -> tuple[Ranking, ...]:
        """Rank by the place in the list; there is no utility."""
        return rank_each(batch, self.rank_one)

    def rank_one(self, field: Field) -> Ranking:
        """Rank one request's field."""
        all_numbers = field.options.outlook.numbers
        left = frozenset(field.numbers)
        return Ranking(tuple([n for name in self.order if (n := all_numbers.get(name)) in left]), self)

    def utility(self, _: Place) -> float | None:
        """None."""

    def explain_loss(self, place: Place) -> str:
        """It stands later."""
        return f"after {place.options.name(place.first)} in the shortlist"
