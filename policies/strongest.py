"""The policy that ignores cost: always the model with the highest predicted quality."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from policies.options import Option
from policies.ranking import Batch, Ranking, decide_by, rank_by, rank_each
from policies.types import Catalogue, Decision, Request, RoutingState, Weights


@dataclass(frozen=True, slots=True)
class StrongestPolicy:
    """Highest quality for the task type, learned or prior; ties by preferred skills, then in the catalogue's order."""

    @property
    def name(self) -> str:
        return "strongest"

    def rank(self, batch: Batch) -> tuple[Ranking, ...]:
        """Rank by predicted quality, which is also the utility."""
        return rank_each(batch, rank)

    def decide(
        self, requests: Sequence[Request], catalogue: Catalogue, *, weights: Weights | None, state: RoutingState
    ) -> tuple[Decision, ...]:
        """Decide by quality alone."""
        return decide_by(self, requests, catalogue, weights=weights, state=state)


def rank(options: Sequence[Option]) -> Ranking:
    """Rank one request's options."""
    return rank_by(
        options,
        keys=[(-option.quality, -option.n_preferred) for option in options],
        utilities=[option.quality for option in options],
        reason=lambda loser, first: explain_loss(options[loser], options[first]),
    )


def explain_loss(loser: Option, winner: Option) -> str:
    """Why the loser lost."""
    if loser.quality == winner.quality and loser.n_preferred < winner.n_preferred:
        return f"as good as {winner.model.name}, which has more of the preferred skills"
    if loser.quality == winner.quality:
        return f"as good as {winner.model.name}, later in the catalogue"
    return f"quality {loser.quality:.3f} is below {winner.model.name}'s {winner.quality:.3f}"
