"""The policy that weighs quality against cost: argmax of a cautious quality less the price of its cost and time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache, partial

import numpy as np

from policies.allocation.curve import curve_of
from policies.allocation.menu import Menu
from policies.deciding import decide_by
from policies.dither import dither_of
from policies.exploration import Prospect, explore
from policies.options import Options
from policies.ranking import Batch, Field, Place, Ranking, rank_each
from policies.terms import PLAIN, Terms
from policies.types import Catalogue, Decision, Request, RoutingState, Weights


@dataclass(frozen=True, slots=True)
class PerformancePolicy:
    """Maximises Σ q̲ - λc - μl, with q̲ = q - `options.CAUTION` standard errors.

    `terms` fix λ, as a plan over the whole batch found it; then a decision does not depend on its chunk. Without a λ of
    theirs it is 0 while `state.remaining_usd` is None, else the smallest one that keeps the chunk within it. A share of
    the requests explores, drawn from the seed and the call's id.
    """

    terms: Terms = PLAIN

    @property
    def name(self) -> str:
        return "performance"

    def rank(self, batch: Batch) -> tuple[Ranking, ...]:
        """Rank by utility; ties go to the model with more of the preferred skills, then to the cheaper one."""
        lambda_ = self.terms.multiplier
        if lambda_ is None:
            lambda_ = multiplier_of(batch.fields, self.terms, budget_usd=batch.state.remaining_usd)
        greedy = self.rank_at(batch, lambda_)
        if not self.terms.exploration:
            return greedy
        seed, asked = batch.state.seed, zip(batch.requests, batch.fields, greedy, strict=True)
        return tuple([self.explore(ranking, field, request, seed) for request, field, ranking in asked])

    def rank_at(self, batch: Batch, lambda_: float) -> tuple[Ranking, ...]:
        """Rank at λ, or each request at its own beside it."""
        if not (self.terms.dither and lambda_):
            return rank_each(batch, partial(self.rank_one, lambda_=lambda_))
        kept: dict[tuple[int, float], Ranking] = {}
        rankings = []
        for request, field in zip(batch.requests, batch.fields, strict=True):
            factor = dither_of(request.call_id, seed=batch.state.seed, width=self.terms.dither)
            ranking = kept.get((id(field), factor))
            if ranking is None:
                ranking = kept[id(field), factor] = self.rank_one(field, lambda_=lambda_ * factor)
            rankings.append(ranking)
        return tuple(rankings)

    def rank_one(self, field: Field, *, lambda_: float) -> Ranking:
        """Rank one request's field at a given λ."""
        order = tuple(sorted(field.numbers, key=keys_at(lambda_, self.terms.latency_price, field.options)))
        return Ranking(order, self, lambda_=lambda_)

    def explore(self, ranking: Ranking, field: Field, request: Request, seed: int) -> Ranking:
        """The ranking of a request with the model in front that is tried, with exact probabilities."""
        outlook, lambda_ = field.options.outlook, ranking.lambda_ or 0.0
        prospects = [
            Prospect(
                number,
                utility_at(lambda_, self.terms.latency_price, field.options, number) + outlook.margin(number),
                outlook.quality_ses[number],
            )
            for number in field.numbers
        ]
        order, chances, is_explored = explore(
            ranking.order, prospects, epsilon=self.terms.exploration, seed=seed, call_id=request.call_id
        )
        return Ranking(order, self, chances[order[0]], is_explored, lambda_, chances)

    def utility(self, place: Place) -> float | None:
        """Cautious quality less the price of cost and time; None where money counts and the cost is unknown."""
        utility = utility_at(place.lambda_ or 0.0, self.terms.latency_price, place.options, place.number)
        return utility if math.isfinite(utility) else None

    def explain_loss(self, place: Place) -> str:
        """It is less useful, not better at the same, or made room for the one that was explored."""
        options, loser, first = place.options, place.number, place.first
        outlook, winner = options.outlook, options.name(first)
        key = keys_at(place.lambda_ or 0.0, self.terms.latency_price, options)
        if self.terms.exploration and key(loser) < key(first):
            return f"more useful than {winner}, which was drawn to learn more of it"
        utility = self.utility(place)
        if utility is None:
            return "its price is unknown, and money is short"
        if utility == self.utility(place._replace(number=first)):
            is_less_preferred = outlook.n_preferred[loser] < outlook.n_preferred[first]
            why = "which has more of the preferred skills" if is_less_preferred else "and not cheaper"
            return f"as useful as {winner}, {why}"
        return compare_qualities(outlook.cautious_qualities[loser], outlook.cautious_qualities[first], winner)

    def decide(
        self, requests: Sequence[Request], catalogue: Catalogue, *, weights: Weights | None, state: RoutingState
    ) -> tuple[Decision, ...]:
        """Decide by utility."""
        return decide_by(self, requests, catalogue, weights=weights, state=state)


def keys_at(lambda_: float, latency_price: float, options: Options) -> Callable[[int], tuple[float, ...]]:
    """What orders models at λ and μ, the smallest first: utility, preferred skills, cost."""
    outlook = options.outlook
    if not lambda_ and not latency_price and not outlook.has_ties:
        return outlook.merits.__getitem__  # the cost decides nothing

    def key(number: int) -> tuple[float, ...]:
        utility = utility_at(lambda_, latency_price, options, number)
        return (-utility, -outlook.n_preferred[number], options.cost(number))

    return key


def utility_at(lambda_: float, latency_price: float, options: Options, number: int) -> float:
    """q̲ - λc - μl; at λ = 0 whatever the cost is, which may be infinite."""
    worth = worth_at(latency_price, options, number)
    return worth - lambda_ * options.cost(number) if lambda_ else worth


def worth_at(latency_price: float, options: Options, number: int) -> float:
    """q̲ - μl."""
    quality = options.outlook.cautious_qualities[number]
    return quality - latency_price * options.outlook.latencies_s[number] if latency_price else quality


def multiplier_of(fields: Sequence[Field], terms: Terms, *, budget_usd: Decimal | None) -> float:
    """λ for a batch of fields; 0 without a budget."""
    return 0.0 if budget_usd is None else curve_of(menu_of_fields(fields, terms)).lambda_within(float(budget_usd))


def menu_of_fields(fields: Sequence[Field], terms: Terms) -> Menu:
    """What each model of each field is worth and costs, in the catalogue's columns; -inf and inf for the others."""
    n_models = max((len(field.options.outlook.models) for field in fields), default=0)
    value, cost = np.full((len(fields), n_models), -np.inf), np.full((len(fields), n_models), np.inf)
    first: dict[int, int] = {}  # requests may share their field
    for row, field in enumerate(fields):
        known = first.setdefault(id(field), row)
        if known < row:
            value[row], cost[row] = value[known], cost[known]
            continue
        for number in field.numbers:
            value[row, number] = worth_at(terms.latency_price, field.options, number)
            cost[row, number] = field.options.cost(number)
    return Menu(value, cost)


@lru_cache(maxsize=4096)
def compare_qualities(low: float, high: float, winner: str) -> str:
    """Why the loser lost: no better, or better but not worth its price."""
    if low <= high:
        return f"cautious quality {low:.3f} is below {winner}'s {high:.3f}"
    return f"cautious quality {low:.3f} beats {winner}'s {high:.3f}, but not at its price"
