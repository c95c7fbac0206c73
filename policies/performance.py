"""The policy that weighs quality against cost: argmax of a cautious quality less the price of its cost and time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache, partial

from policies.allocation.curve import curve_of
from policies.cascade.ranking import offers_of, with_cascade
from policies.cascade.terms import CascadeTerms
from policies.deciding import decide_by
from policies.dither import WIDTH, dither_of
from policies.exploration import Prospect, draw_model, probe, spread
from policies.field_menu import menu_of_fields
from policies.options import PRIOR_SE, Options
from policies.pulse import Strain
from policies.ranking import Batch, Field, Place, Ranking, rank_each
from policies.terms import PLAIN, Terms
from policies.types import Catalogue, Decision, Request, RoutingState, Weights
from policies.utility import Utility

DRIFT_SHARE = 0.1  # of the calls of a task type explore where one of its models is no more what it was
MENTIONED = 0.01  # what is less than so much is not told


@dataclass(frozen=True, slots=True)
class PerformancePolicy:
    """Maximises Σ q̲ - λc - μl, with q̲ = q - `options.CAUTION` standard errors.

    `terms` fix λ, as a plan over the whole batch found it; then a decision does not depend on its chunk. Without a λ of
    theirs it is 0 while `state.remaining_usd` is None, else the smallest one that keeps the chunk within it. What the
    latest calls showed (`state.pulses`) counts at once. A share of the requests explores, and where a model lost its
    traffic by its latest calls alone, a share of that still goes to it: drawn from the seed and the call's id. So do
    requests whose task type has models of which the log shows a drift (`state.drifted`), unless the step forbids it.

    Where the terms have a check, cascades of two models compete with the models. A step that names its check has them
    under any name; as the policy "cascade" (`is_cascading`) also one that names none.
    """

    terms: Terms = PLAIN
    is_cascading: bool = False

    @property
    def name(self) -> str:
        return "cascade" if self.is_cascading else "performance"

    @property
    def cascade(self) -> CascadeTerms | None:
        """The check that cascades go by, or None where there are none."""
        terms = self.terms.cascade
        return terms if terms is not None and (terms.is_asked or self.is_cascading) else None

    def rank(self, batch: Batch) -> tuple[Ranking, ...]:
        """Rank by utility; ties go to the model with more of the preferred skills, then to the cheaper one."""
        lambda_ = self.terms.multiplier
        if lambda_ is None:
            budget_usd = batch.state.remaining_usd
            lambda_ = multiplier_of(batch.fields, self.terms, budget_usd=budget_usd, cascade=self.cascade)
        greedy = self.rank_at(batch, lambda_)
        is_alert = self.terms.probing and (batch.state.pulses or batch.state.drifted)
        if not self.terms.exploration and not is_alert:
            return greedy
        asked = zip(batch.requests, batch.fields, greedy, strict=True)
        return tuple([self.draw(ranking, field, request, batch.state) for request, field, ranking in asked])

    def rank_at(self, batch: Batch, lambda_: float) -> tuple[Ranking, ...]:
        """Rank at λ, or each request at its own beside it; so do scarce calls count a little more or less."""
        width, is_scarce = self.terms.dither if lambda_ else 0.0, bool(batch.state.scarcity)
        if not (width or is_scarce):
            return rank_each(batch, partial(self.rank_one, lambda_=lambda_))
        kept: dict[tuple[int, float], Ranking] = {}
        rankings = []
        for request, field in zip(batch.requests, batch.fields, strict=True):
            factor = dither_of(request.call_id, seed=batch.state.seed, width=width or WIDTH)
            ranking = kept.get((id(field), factor))
            if ranking is None:
                own, scarcity = lambda_ * factor if width else lambda_, scarcity_of(request, batch.state)
                ranking = kept[id(field), factor] = self.rank_one(field, lambda_=own, scarcity=scarcity)
            rankings.append(ranking)
        return tuple(rankings)

    def rank_one(self, field: Field, *, lambda_: float, scarcity: float = 1.0) -> Ranking:
        """Rank one request's field at a given λ and factor of what scarce calls count."""
        utility = self.utility_in(field.options, lambda_, scarcity)
        ranking = Ranking(utility.order(field.numbers), self, lambda_=lambda_, scarcity=scarcity)
        if self.cascade is None:
            return ranking
        return with_cascade(ranking, field, self.cascade, latency_price=self.terms.latency_price)

    def draw(self, ranking: Ranking, field: Field, request: Request, state: RoutingState) -> Ranking:
        """The ranking of a request with the model that is drawn in front, and exact probabilities."""
        first = ranking.order[0]
        utility = self.utility_in(field.options, ranking.lambda_, ranking.scarcity)
        chances = self.chances(first, field, utility, drifted=state.drifted.get(request.task_type, ()))
        drawn = draw_model(chances, seed=state.seed, call_id=request.call_id)
        if drawn == first:
            return replace(ranking, propensity=chances[drawn], chances=chances)
        order = (drawn, *[number for number in ranking.order if number != drawn])
        why = f"{field.options.name(drawn)} alone was drawn, to learn more of it"
        view = None if ranking.cascade is None else replace(ranking.cascade, is_taken=False, reason=why)
        return Ranking(order, self, chances[drawn], True, ranking.lambda_, chances, view, ranking.scarcity)

    def chances(
        self, first: int, field: Field, utility: Utility, *, drifted: Sequence[str] = ()
    ) -> Mapping[int, float]:
        """With which probability each model is chosen; `drifted` models are as little known as one never asked."""
        outlook = field.options.outlook
        chances: Mapping[int, float] = {first: 1.0}
        is_open = self.terms.probing and any(field.options.name(number) in drifted for number in field.numbers)
        if epsilon := max(self.terms.exploration, DRIFT_SHARE if is_open else 0.0):
            doubts = {
                number: max(outlook.quality_ses[number], PRIOR_SE if field.options.name(number) in drifted else 0.0)
                for number in field.numbers
            }
            prospects = [
                Prospect(number, utility.of(number) + outlook.margin(number), doubts[number])
                for number in field.numbers
            ]
            chances = spread(first, prospects, epsilon=epsilon)
        suspect, is_live = replace(utility, is_live=False).first(field.numbers), utility.first(field.numbers)
        # Of a cascade the first model need not be the most useful one; that is no sign of the latest calls.
        return probe(chances, first, first if suspect == is_live else suspect, share=self.terms.probing)

    def utility(self, place: Place) -> float | None:
        """Cautious quality less the price of cost and time; None where money counts and the cost is unknown."""
        utility = self.utility_at(place).of(place.number)
        return utility if math.isfinite(utility) else None

    def utility_at(self, place: Place) -> Utility:
        """What orders the models of a place."""
        return self.utility_in(place.options, place.lambda_, place.scarcity)

    def utility_in(self, options: Options, lambda_: float | None, scarcity: float) -> Utility:
        """What orders models at λ and at a request's own factor of what scarce calls count."""
        overhead = 0.0 if self.cascade is None else self.cascade.overhead
        return Utility(options, lambda_ or 0.0, self.terms.latency_price, scarcity=scarcity, overhead=overhead)

    def explain_loss(self, place: Place) -> str:
        """It is less useful, not better at the same, or made room for the one that was drawn."""
        options, loser, first = place.options, place.number, place.first
        outlook, winner, utility = options.outlook, options.name(first), self.utility_at(place)
        if utility.key(loser) < utility.key(first):
            return f"more useful than {winner}, which was drawn to learn more of it"
        if not math.isfinite(utility.of(loser)):
            return "its price is unknown, and money is short"
        strain = options.strain(loser)
        if strain is not None and replace(utility, is_live=False).key(loser) < utility.key(first):
            return f"more useful than {winner} but for its latest calls: {tell_strain(strain)}"
        ample = replace(utility, scarcity=0.0)
        if place.options.state.scarcity and ample.key(loser) < ample.key(first):
            return f"more useful than {winner} but for its limit of calls, which the deadline needs elsewhere"
        if utility.of(loser) == utility.of(first):
            is_less_preferred = outlook.n_preferred[loser] < outlook.n_preferred[first]
            why = "which has more of the preferred skills" if is_less_preferred else "and not cheaper"
            return f"as useful as {winner}, {why}"
        return compare_qualities(outlook.cautious_qualities[loser], outlook.cautious_qualities[first], winner)

    def decide(
        self, requests: Sequence[Request], catalogue: Catalogue, *, weights: Weights | None, state: RoutingState
    ) -> tuple[Decision, ...]:
        """Decide by utility."""
        return decide_by(self, requests, catalogue, weights=weights, state=state)


def scarcity_of(request: Request, state: RoutingState) -> float:
    """The factor by which scarce calls count for a request: by its name and the seed alone."""
    return dither_of(request.call_id, seed=state.seed, width=WIDTH) if state.scarcity else 1.0


def multiplier_of(
    fields: Sequence[Field], terms: Terms, *, budget_usd: Decimal | None, cascade: CascadeTerms | None = None
) -> float:
    """λ for a batch of fields; 0 without a budget."""
    if budget_usd is None:
        return 0.0
    price = terms.latency_price
    offers = [] if cascade is None else [offers_of(*field, cascade, price).offered for field in fields]
    menu = menu_of_fields(fields, latency_price=price, offers=offers, cascade=cascade)
    return curve_of(menu).lambda_within(float(budget_usd))


def tell_strain(strain: Strain) -> str:
    """What the latest calls on a model showed, as far as it is more than nothing."""
    parts = [
        f"{strain.failure_rate:.0%} expected to fail" if strain.failure_rate >= MENTIONED else "",
        f"{strain.latency_factor:.2g} times as slow" if strain.latency_factor >= 1 + MENTIONED else "",
        f"{strain.cost_factor:.2g} times as dear" if strain.cost_factor >= 1 + MENTIONED else "",
        f"quality {strain.quality_shift:+.2f}" if strain.quality_shift <= -MENTIONED else "",
    ]
    return ", ".join(part for part in parts if part) or "each a little worse than predicted"


@lru_cache(maxsize=4096)
def compare_qualities(low: float, high: float, winner: str) -> str:
    """Why the loser lost: no better, or better but not worth its price."""
    if low <= high:
        return f"cautious quality {low:.3f} is below {winner}'s {high:.3f}"
    return f"cautious quality {low:.3f} beats {winner}'s {high:.3f}, but not at its price"
