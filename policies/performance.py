"""The policy that weighs quality against cost: argmax of a cautious quality minus λ times the expected cost."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache, partial

from policies.deciding import decide_by
from policies.multiplier import find_multiplier
from policies.options import Options
from policies.ranking import Batch, Field, Place, Ranking, rank_each
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
            lambda_ = multiplier_of(batch.fields, budget_usd=batch.state.remaining_usd)
        return rank_each(batch, partial(self.rank_one, lambda_=lambda_))

    def rank_one(self, field: Field, *, lambda_: float) -> Ranking:
        """Rank one request's field at a given λ."""
        order = tuple(sorted(field.numbers, key=keys_at(lambda_, field)))
        return Ranking(order, self, lambda_=lambda_)

    def utility(self, place: Place) -> float | None:
        """Cautious quality less λ times the cost; None where money counts and the cost is unknown."""
        utility = utility_at(place.lambda_ or 0.0, place.options, place.number)
        return utility if math.isfinite(utility) else None

    def explain_loss(self, place: Place) -> str:
        """It is less useful, or not better at the same."""
        options, loser, first, lambda_ = place.options, place.number, place.first, place.lambda_ or 0.0
        outlook, winner = options.outlook, options.name(first)
        utility = utility_at(lambda_, options, loser)
        if not math.isfinite(utility):
            return "its price is unknown, and money is short"
        if utility == utility_at(lambda_, options, first):
            is_less_preferred = outlook.n_preferred[loser] < outlook.n_preferred[first]
            why = "which has more of the preferred skills" if is_less_preferred else "and not cheaper"
            return f"as useful as {winner}, {why}"
        return compare_qualities(outlook.cautious_qualities[loser], outlook.cautious_qualities[first], winner)

    def decide(
        self, requests: Sequence[Request], catalogue: Catalogue, *, weights: Weights | None, state: RoutingState
    ) -> tuple[Decision, ...]:
        """Decide by utility."""
        return decide_by(self, requests, catalogue, weights=weights, state=state)


def keys_at(lambda_: float, field: Field) -> Callable[[int], tuple[float, ...]]:
    """What orders the models of a field at λ, the smallest first: utility, preferred skills, cost."""
    options, outlook = field.options, field.options.outlook
    if not lambda_ and not outlook.has_ties:
        return outlook.merits.__getitem__  # the cost decides nothing

    def key(number: int) -> tuple[float, ...]:
        cost = options.cost(number)
        utility = outlook.cautious_qualities[number] - (lambda_ * cost if lambda_ else 0.0)
        return (-utility, -outlook.n_preferred[number], cost)

    return key


def utility_at(lambda_: float, options: Options, number: int) -> float:
    """q̲ - λc; at λ = 0 whatever the cost is, which may be infinite."""
    quality = options.outlook.cautious_qualities[number]
    return quality - lambda_ * options.cost(number) if lambda_ else quality


def multiplier_of(fields: Sequence[Field], *, budget_usd: Decimal | None) -> float:
    """λ for a batch of fields; 0 without a budget."""
    if budget_usd is None:
        return 0.0
    distinct = {id(field): field for field in fields}  # requests may share them
    weighed = {key: [weigh(field.options, number) for number in field.numbers] for key, field in distinct.items()}
    pairs = [weighed[id(field)] for field in fields]
    return find_multiplier(pairs, budget_usd=float(budget_usd))


def weigh(options: Options, number: int) -> tuple[float, float, float]:
    """Quality and cost of a model, and what orders ties."""
    outlook = options.outlook
    return outlook.cautious_qualities[number], options.cost(number), outlook.n_preferred[number]


@lru_cache(maxsize=4096)
def compare_qualities(low: float, high: float, winner: str) -> str:
    """Why the loser lost: no better, or better but not worth its price."""
    if low <= high:
        return f"cautious quality {low:.3f} is below {winner}'s {high:.3f}"
    return f"cautious quality {low:.3f} beats {winner}'s {high:.3f}, but not at its price"
