"""The ranking of a shortlist: in the order in which it is written."""

from __future__ import annotations

from dataclasses import dataclass

from policies.options import Option
from policies.ranking import Batch, Ranking, rank_by


@dataclass(frozen=True, slots=True)
class OrderedRanker:
    """Ranks models as `order` lists them; every option that it is given must be in it."""

    order: tuple[str, ...]

    @property
    def name(self) -> str:
        return "ordered"

    def rank(self, batch: Batch) -> tuple[Ranking, ...]:
        """Rank by the place in the list; there is no utility."""
        return tuple(
            rank_by(some, key=lambda o: (self.order.index(o.model.name),), utility=lambda _: None, reason=explain_loss)
            for some in batch.options
        )


def explain_loss(_: Option, winner: Option) -> str:
    """Why the loser lost."""
    return f"after {winner.model.name} in the shortlist"
