"""The policy that weighs quality against cost: argmax of a cautious quality minus λ times the expected cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache, partial

from policies.multiplier import find_multiplier
from policies.options import Option
from policies.ranking import Batch, Ranking, decide_by, rank_by, rank_each
from policies.types import Catalogue, Decision, Request, RoutingState, Weights


@dataclass(frozen=True, slots=True)
class PerformancePolicy:
    """Maximises Σ q̲ - λc, with q̲ = q - `options.CAUTION` standard errors and λ in quality per USD.

    `multiplier` fixes λ, as a plan over the whole batch found it; then a decision does not depend on its chunk. Without
    it λ is 0 while `state.remaining_usd` is None, else the smallest one that keeps the chunk within it.
    """

    multiplier: float | None = None

    @property
    def name(self) -> str:
        return "performance"

    def rank(self, batch: Batch) -> tuple[Ranking, ...]:
        """Rank by utility; ties go to the model with more of the preferred skills, then to the cheaper one."""
        lambda_ = self.multiplier
        if lambda_ is None:
            lambda_ = multiplier_of(batch.options, budget_usd=batch.state.remaining_usd)
        return rank_each(batch, partial(rank_at, lambda_=lambda_))

    def decide(
        self, requests: Sequence[Request], catalogue: Catalogue, *, weights: Weights | None, state: RoutingState
    ) -> tuple[Decision, ...]:
        """Decide by utility."""
        return decide_by(self, requests, catalogue, weights=weights, state=state)


def multiplier_of(options: Sequence[Sequence[Option]], *, budget_usd: Decimal | None) -> float:
    """λ for a batch of options; 0 without a budget."""
    if budget_usd is None:
        return 0.0
    distinct = {id(some): some for some in options}  # requests may share them
    weighed = {key: [weigh(option) for option in some] for key, some in distinct.items()}
    pairs = [weighed[id(some)] for some in options]
    return find_multiplier(pairs, budget_usd=float(budget_usd))


def weigh(option: Option) -> tuple[float, float, float]:
    """Quality and cost of an option, and what orders ties."""
    return option.outlook.cautious_quality, expected_usd(option), option.n_preferred


def rank_at(options: Sequence[Option], *, lambda_: float) -> Ranking:
    """Rank one request's options at a given λ."""
    costs = [expected_usd(option) for option in options]
    preferred = [option.n_preferred for option in options]
    qualities = [option.outlook.cautious_quality for option in options]
    utilities = [q - lambda_ * cost for q, cost in zip(qualities, costs, strict=True)] if lambda_ else qualities

    def reason(loser: int, first: int) -> str:
        winner = options[first].outlook.model.name
        if lambda_ and math.isinf(costs[loser]):
            return "its price is unknown, and money is short"
        if utilities[first] == utilities[loser] and preferred[loser] < preferred[first]:
            return f"as useful as {winner}, which has more of the preferred skills"
        if utilities[first] == utilities[loser]:
            return f"as useful as {winner}, and not cheaper"
        return compare_qualities(qualities[loser], qualities[first], winner)

    return rank_by(
        options,
        keys=[(-utility, -n, cost) for utility, n, cost in zip(utilities, preferred, costs, strict=True)],
        utilities=[finite(utility) for utility in utilities] if lambda_ else utilities,
        reason=reason,
        lambda_=lambda_,
    )


def expected_usd(option: Option) -> float:
    """The expected cost as a float; an unknown one is infinite, since it can't be weighed."""
    return math.inf if option.cost_usd is None else float(option.cost_usd)


def finite(utility: float) -> float | None:
    """A utility for the record; None where the cost is unknown."""
    return utility if math.isfinite(utility) else None


@lru_cache(maxsize=4096)
def compare_qualities(low: float, high: float, winner: str) -> str:
    """Why the loser lost: no better, or better but not worth its price."""
    if low <= high:
        return f"cautious quality {low:.3f} is below {winner}'s {high:.3f}"
    return f"cautious quality {low:.3f} beats {winner}'s {high:.3f}, but not at its price"
