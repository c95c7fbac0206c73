"""The ranking of a shortlist: in the order in which it is written."""

from __future__ import annotations

from dataclasses import dataclass

from policies.options import Option
from policies.ranking import Batch, Ranking, rank_by, rank_each


@dataclass(frozen=True, slots=True)
class OrderedRanker:
    """Ranks models as `order` lists them; every option that it is given must be in it."""

    order: tuple[str, ...]

    @property
    def name(self) -> str:
        return "ordered"

    def rank(self, batch: Batch) -> tuple[Ranking, ...]:
        """Rank by the place in the list; there is no utility."""
        places = {name: i for i, name in enumerate(self.order)}

        def rank(options: tuple[Option, ...]) -> Ranking:
            return rank_by(
                options,
                keys=[(places[option.model.name],) for option in options],
                utilities=[None] * len(options),
                reason=lambda _, first: f"after {options[first].model.name} in the shortlist",
            )

        return rank_each(batch, rank)
