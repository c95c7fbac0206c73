"""The policy that ignores cost: always the model with the highest predicted quality."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from policies.deciding import decide_by
from policies.ranking import Batch, Field, Place, Ranking, rank_each
from policies.types import Catalogue, Decision, Request, RoutingState, Weights


@dataclass(frozen=True, slots=True)
class StrongestPolicy:
    """Highest quality for the task type, learned or prior; ties by preferred skills, then in the catalogue's order."""

    @property
    def name(self) -> str:
        return "strongest"

    def rank(self, batch: Batch) -> tuple[Ranking, ...]:
        """Rank by predicted quality, which is also the utility."""
        return rank_each(batch, self.rank_one)

    def rank_one(self, field: Field) -> Ranking:
        """Rank one request's field."""
        outlook = field.options.outlook
        qualities, preferred = outlook.qualities, outlook.n_preferred
        return Ranking(tuple(sorted(field.numbers, key=lambda n: (-qualities[n], -preferred[n]))), self)

    def utility(self, place: Place) -> float | None:
        """The predicted quality in [0, 1]."""
        return place.options.outlook.qualities[place.number]

    def explain_loss(self, place: Place) -> str:
        """It is no better."""
        outlook, loser, first = place.options.outlook, place.number, place.first
        qualities, preferred = outlook.qualities, outlook.n_preferred
        winner = place.options.name(first)
        if qualities[loser] == qualities[first] and preferred[loser] < preferred[first]:
            return f"as good as {winner}, which has more of the preferred skills"
        if qualities[loser] == qualities[first]:
            return f"as good as {winner}, later in the catalogue"
        return f"quality {qualities[loser]:.3f} is below {winner}'s {qualities[first]:.3f}"

    def decide(
        self, requests: Sequence[Request], catalogue: Catalogue, *, weights: Weights | None, state: RoutingState
    ) -> tuple[Decision, ...]:
        """Decide by quality alone."""
        return decide_by(self, requests, catalogue, weights=weights, state=state)
