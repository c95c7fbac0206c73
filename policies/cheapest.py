"""The policy that ignores quality: always the model with the lowest expected cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from policies.deciding import decide_by
from policies.ranking import Batch, Field, Place, Ranking, rank_each
from policies.types import Catalogue, Decision, Request, RoutingState, Weights


@dataclass(frozen=True, slots=True)
class CheapestPolicy:
    """Lowest expected cost, ties by preferred skills, then by quality; an unknown price is dearer than any known."""

    @property
    def name(self) -> str:
        return "cheapest"

    def rank(self, batch: Batch) -> tuple[Ranking, ...]:
        """Rank by expected cost; the utility is its negative, None where it is unknown."""
        return rank_each(batch, self.rank_one)

    def rank_one(self, field: Field) -> Ranking:
        """Rank one request's field."""
        options = field.options
        preferred, qualities = options.outlook.n_preferred, options.outlook.qualities

        def key(number: int) -> tuple[float, ...]:
            return (options.cost(number), -preferred[number], -qualities[number])

        return Ranking(tuple(sorted(field.numbers, key=key)), self)

    def utility(self, place: Place) -> float | None:
        """The negative cost in USD; None where it is unknown."""
        cost = place.options.cost(place.number)
        return -cost if math.isfinite(cost) else None

    def explain_loss(self, place: Place) -> str:
        """It is no cheaper."""
        options, loser, first = place.options, place.number, place.first
        cost, least, winner = options.cost_usd(loser), options.cost_usd(first), options.name(first)
        preferred = options.outlook.n_preferred
        if cost is None or least is None:
            return "its price is unknown"
        if cost == least and preferred[loser] < preferred[first]:
            return f"costs as much as {winner}, which has more of the preferred skills"
        if cost == least:
            return f"costs as much as {winner}, and is not better"
        return f"costs {cost:f} USD; {winner} {least:f} USD"

    def decide(
        self, requests: Sequence[Request], catalogue: Catalogue, *, weights: Weights | None, state: RoutingState
    ) -> tuple[Decision, ...]:
        """Decide by expected cost alone."""
        return decide_by(self, requests, catalogue, weights=weights, state=state)
