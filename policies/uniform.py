"""The policy that knows nothing: each eligible model with the same probability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from policies.deciding import decide_by
from policies.draws import draw_uniform
from policies.ranking import Batch, Field, Place, Ranking
from policies.types import Catalogue, Decision, Request, RoutingState, Weights


@dataclass(frozen=True, slots=True)
class UniformPolicy:
    """One of n eligible models at random, with propensity 1/n; the fallbacks are in random order too."""

    @property
    def name(self) -> str:
        return "random"

    def rank(self, batch: Batch) -> tuple[Ranking, ...]:
        """Draw an order for each request, from the seed and the call's id alone."""
        seed = batch.state.seed
        return tuple(
            [
                self.shuffle(request, field, seed=seed)
                for request, field in zip(batch.requests, batch.fields, strict=True)
            ]
        )

    def shuffle(self, request: Request, field: Field, *, seed: int) -> Ranking:
        """A uniformly random order: each model draws a number of its own, the smallest is first."""

        def drawn(number: int) -> float:
            return draw_uniform(seed, request.call_id, purpose=f"uniform:{field.options.name(number)}")

        order = tuple(sorted(field.numbers, key=drawn))
        return Ranking(order, self, propensity=1 / len(order), explored=len(order) > 1)

    def utility(self, _: Place) -> float | None:
        """None."""

    def explain_loss(self, _: Place) -> str:
        """It had no luck."""
        return "not drawn"

    def decide(
        self, requests: Sequence[Request], catalogue: Catalogue, *, weights: Weights | None, state: RoutingState
    ) -> tuple[Decision, ...]:
        """Decide by a draw."""
        return decide_by(self, requests, catalogue, weights=weights, state=state)
