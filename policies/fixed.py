"""The policy of one model: for comparisons, and for whoever wants no routing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from policies.deciding import Scope, Sources, decide_within
from policies.ordered import OrderedRanker
from policies.types import Catalogue, Decision, Request, RoutingState, Weights


@dataclass(frozen=True, slots=True)
class FixedPolicy:
    """Always `model`, without fallbacks; where it may not serve, the request is refused."""

    model: str

    @property
    def name(self) -> str:
        return f"fixed:{self.model}"

    def decide(
        self, requests: Sequence[Request], catalogue: Catalogue, *, weights: Weights | None, state: RoutingState
    ) -> tuple[Decision, ...]:
        """Decide for the one model, or for none."""
        scope = Scope(frozenset({self.model}), f"the policy is fixed to {self.model}")
        sources = Sources(self.name, weights.version if weights else None)
        ranker = OrderedRanker((self.model,))
        return decide_within(scope, ranker, requests, catalogue, weights=weights, state=state, sources=sources)
