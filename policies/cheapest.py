"""The policy that ignores quality: always the model with the lowest expected cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from policies.options import Option
from policies.ranking import Batch, Ranking, decide_by, rank_by, rank_each
from policies.types import Catalogue, Decision, Request, RoutingState, Weights


@dataclass(frozen=True, slots=True)
class CheapestPolicy:
    """Lowest expected cost, ties by preferred skills, then by quality; an unknown price is dearer than any known."""

    @property
    def name(self) -> str:
        return "cheapest"

    def rank(self, batch: Batch) -> tuple[Ranking, ...]:
        """Rank by expected cost; the utility is its negative, None where it is unknown."""
        return rank_each(batch, rank)

    def decide(
        self, requests: Sequence[Request], catalogue: Catalogue, *, weights: Weights | None, state: RoutingState
    ) -> tuple[Decision, ...]:
        """Decide by expected cost alone."""
        return decide_by(self, requests, catalogue, weights=weights, state=state)


def rank(options: Sequence[Option]) -> Ranking:
    """Rank one request's options."""
    return rank_by(
        options,
        keys=[rank_key(option) for option in options],
        utilities=[negative_cost(option) for option in options],
        reason=lambda loser, first: explain_loss(options[loser], options[first]),
    )


def rank_key(option: Option) -> tuple[float, ...]:
    """Cheapest first, then the most preferred, then the best."""
    cost = math.inf if option.cost_usd is None else float(option.cost_usd)
    return (cost, -option.n_preferred, -option.quality)


def negative_cost(option: Option) -> float | None:
    """The utility, in USD."""
    return None if option.cost_usd is None else -float(option.cost_usd)


def explain_loss(loser: Option, winner: Option) -> str:
    """Why the loser lost."""
    if loser.cost_usd is None:
        return "its price is unknown"
    if loser.cost_usd == winner.cost_usd and loser.n_preferred < winner.n_preferred:
        return f"costs as much as {winner.model.name}, which has more of the preferred skills"
    if loser.cost_usd == winner.cost_usd:
        return f"costs as much as {winner.model.name}, and is not better"
    return f"costs {loser.cost_usd:f} USD; {winner.model.name} {winner.cost_usd:f} USD"
