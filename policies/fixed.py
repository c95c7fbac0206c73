"""The policy of one model: for comparisons, and for whoever wants no routing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from policies.ordered import OrderedRanker
from policies.ranking import Batch, Ranking, Scope, decide_by
from policies.types import Catalogue, Decision, Request, RoutingState, Weights


@dataclass(frozen=True, slots=True)
class FixedPolicy:
    """Always `model`, without fallbacks; where it may not serve, the request is refused."""

    model: str

    @property
    def name(self) -> str:
        return f"fixed:{self.model}"

    def rank(self, batch: Batch) -> tuple[Ranking, ...]:
        """Rank the one model."""
        return OrderedRanker((self.model,)).rank(batch)

    def decide(
        self, requests: Sequence[Request], catalogue: Catalogue, *, weights: Weights | None, state: RoutingState
    ) -> tuple[Decision, ...]:
        """Decide for the one model, or for none."""
        scope = Scope(frozenset({self.model}), f"the policy is fixed to {self.model}")
        return decide_by(self, requests, catalogue, weights=weights, state=state, scope=scope)
