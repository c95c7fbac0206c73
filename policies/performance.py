"""The policy that weighs quality against cost: argmax of a cautious quality minus λ times the expected cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from policies.multiplier import find_multiplier
from policies.options import Option
from policies.ranking import Batch, Ranking, decide_by, rank_by
from policies.types import Catalogue, Decision, Request, RoutingState, Weights

# One standard error below the mean: what is little known has to promise more before it is chosen.
CAUTION = 1.0


@dataclass(frozen=True, slots=True)
class PerformancePolicy:
    """Maximises Σ q̲ - λc, with q̲ = q - `CAUTION` standard errors and λ in quality per USD.

    `multiplier` fixes λ, as a plan over the whole batch found it; then a decision does not depend on its chunk. Without
    it λ is 0 while `state.remaining_usd` is None, else the smallest one that keeps the chunk within it.
    """

    multiplier: float | None = None

    @property
    def name(self) -> str:
        return "performance"

    def rank(self, batch: Batch) -> tuple[Ranking, ...]:
        """Rank by utility; ties go to the cheaper model."""
        lambda_ = self.multiplier
        if lambda_ is None:
            lambda_ = multiplier_of(batch.options, budget_usd=batch.state.remaining_usd)
        return tuple(rank_at(some, lambda_) for some in batch.options)

    def decide(
        self, requests: Sequence[Request], catalogue: Catalogue, *, weights: Weights | None, state: RoutingState
    ) -> tuple[Decision, ...]:
        """Decide by utility."""
        return decide_by(self, requests, catalogue, weights=weights, state=state)


def multiplier_of(options: Sequence[Sequence[Option]], *, budget_usd: Decimal | None) -> float:
    """λ for a batch of options; 0 without a budget."""
    if budget_usd is None:
        return 0.0
    pairs = [[(cautious_quality(o), expected_usd(o)) for o in some] for some in options]
    return find_multiplier(pairs, budget_usd=float(budget_usd))


def rank_at(options: Sequence[Option], lambda_: float) -> Ranking:
    """Rank one request's options at a given λ."""

    def utility(option: Option) -> float:
        return cautious_quality(option) - (lambda_ * expected_usd(option) if lambda_ else 0.0)

    def reason(loser: Option, winner: Option) -> str:
        return explain_loss(loser, winner, lambda_=lambda_, gap=utility(winner) - utility(loser))

    return rank_by(
        options,
        key=lambda o: (-utility(o), expected_usd(o)),
        utility=lambda o: finite(utility(o)),
        reason=reason,
        lambda_=lambda_,
    )


def cautious_quality(option: Option) -> float:
    """The lower confidence bound q̲."""
    return option.quality - CAUTION * option.quality_se


def expected_usd(option: Option) -> float:
    """The expected cost as a float; an unknown one is infinite, since it can't be weighed."""
    return math.inf if option.cost_usd is None else float(option.cost_usd)


def finite(utility: float) -> float | None:
    """A utility for the record; None where the cost is unknown."""
    return utility if math.isfinite(utility) else None


def explain_loss(loser: Option, winner: Option, *, lambda_: float, gap: float) -> str:
    """Why the loser lost: no better, or better but not worth its price."""
    if loser.cost_usd is None and lambda_:
        return "its price is unknown, and money is short"
    if gap == 0:
        return f"as useful as {winner.model.name}, and not cheaper"
    low, high = cautious_quality(loser), cautious_quality(winner)
    if low <= high:
        return f"cautious quality {low:.3f} is below {winner.model.name}'s {high:.3f}"
    return f"cautious quality {low:.3f} beats {winner.model.name}'s {high:.3f}, but not at its price"
