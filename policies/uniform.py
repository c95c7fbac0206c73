"""The policy that knows nothing: each eligible model with the same probability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from policies.draws import draw_uniform
from policies.options import Option
from policies.ranking import Batch, Ranked, Ranking, decide_by
from policies.types import Catalogue, Decision, Request, RoutingState, Weights


@dataclass(frozen=True, slots=True)
class UniformPolicy:
    """One of n eligible models at random, with propensity 1/n; the fallbacks are in random order too."""

    @property
    def name(self) -> str:
        return "random"

    def rank(self, batch: Batch) -> tuple[Ranking, ...]:
        """Draw an order for each request, from the seed and the call's id alone."""
        return tuple(
            shuffle(request, some, seed=batch.state.seed)
            for request, some in zip(batch.requests, batch.options, strict=True)
        )

    def decide(
        self, requests: Sequence[Request], catalogue: Catalogue, *, weights: Weights | None, state: RoutingState
    ) -> tuple[Decision, ...]:
        """Decide by a draw."""
        return decide_by(self, requests, catalogue, weights=weights, state=state)


def shuffle(request: Request, options: Sequence[Option], *, seed: int) -> Ranking:
    """A uniformly random order: each model draws a number of its own, the smallest is first."""

    def drawn(option: Option) -> float:
        return draw_uniform(seed, request.call_id, purpose=f"uniform:{option.model.name}")

    ordered = sorted(options, key=drawn)
    places = tuple(Ranked(option, None, "not drawn" if i else "") for i, option in enumerate(ordered))
    return Ranking(places, propensity=1 / len(places), explored=len(places) > 1)
