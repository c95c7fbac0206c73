"""The rankings that rules ask for: an order, a policy, or a policy for a share of the requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from policies.cheapest import CheapestPolicy
from policies.deciding import Scope
from policies.draws import draw_uniform
from policies.ordered import OrderedRanker
from policies.performance import PerformancePolicy
from policies.ranking import Field, Ranker, Ranking, rank_where_possible
from policies.rule_match import Outcome, Rule
from policies.strongest import StrongestPolicy
from policies.terms import Terms
from policies.types import Request, RoutingState

WEIGHING = ("performance", "cascade")  # the choosers that weigh quality against cost


@dataclass(frozen=True, slots=True)
class Choice:
    """What ranks the requests of a rule: `first` a `share` of them and `other` the rest, or `first` all (None)."""

    first: Outcome
    other: Outcome
    share: float | None


def choice_of(outcome: Outcome) -> Choice:
    """A policy ranks whatever the shortlist is, an order only its own."""
    order = Outcome(outcome.shortlist, None)
    if outcome.chooser is None or outcome.share == 0:
        return Choice(order, order, None)
    return Choice(Outcome(None, outcome.chooser), order, outcome.share if outcome.share < 1 else None)


@dataclass(frozen=True, slots=True)
class Ruling:
    """A rule with the models that it leaves and what ranks them: worked out once for all of its requests."""

    rule: Rule
    scope: Scope
    choice: Choice

    def taken(self, request: Request, seed: int) -> Outcome:
        """What ranks one request."""
        if self.choice.share is None or is_handed_over(self.rule, request.item_id, seed):
            return self.choice.first
        return self.choice.other


def is_handed_over(rule: Rule, item_id: str, seed: int) -> bool:
    """Whether an item's calls are among the share that a rule hands over to its policy.

    By the item's name, so that it stays on its side from step to step and from run to run, and only goes over as the
    share grows.
    """
    return draw_uniform(seed, item_id, purpose=f"share:{rule.name}") < rule.outcome.share


@dataclass(frozen=True, slots=True)
class Asked:
    """Requests with the ruling and the field that each was left with."""

    requests: Sequence[Request]
    rulings: Sequence[Ruling]
    fields: Sequence[Field]
    state: RoutingState

    def rank(self, members: Sequence[int], ranker: Ranker) -> list[Ranking | None]:
        """Rank some of the requests together."""
        some = [self.requests[i] for i in members]
        return rank_where_possible(ranker, some, [self.fields[i] for i in members], state=self.state)


def rank_by_rules(asked: Asked, terms: Terms) -> list[Ranking | None]:
    """The ranking of each request as its rule's outcome has it; None where nothing may serve.

    Requests that the same policy ranks are ranked together, whatever their rules' shortlists.
    """
    seed = asked.state.seed
    taken = [ruling.taken(request, seed) for ruling, request in zip(asked.rulings, asked.requests, strict=True)]
    rankings: list[Ranking | None] = [None] * len(taken)
    for outcome, members in group(taken).items():
        for i, ranking in zip(members, asked.rank(members, ranker_of(outcome, terms)), strict=True):
            rankings[i] = ranking
    if all(ruling.choice.share is None for ruling in asked.rulings):
        return rankings
    choices = [ruling.choice for ruling in asked.rulings]
    return weigh_shares(asked, choices, taken, rankings, terms=terms)


def group(outcomes: Sequence[Outcome]) -> dict[Outcome, list[int]]:
    """The indexes of equal outcomes."""
    distinct = {id(outcome): outcome for outcome in outcomes}
    equal: dict[Outcome, list[int]] = {outcome: [] for outcome in distinct.values()}
    members = {key: equal[outcome] for key, outcome in distinct.items()}
    for i, outcome in enumerate(outcomes):
        members[id(outcome)].append(i)
    return equal


def ranker_of(outcome: Outcome, terms: Terms) -> Ranker:
    """The ranking that an outcome asks for."""
    match outcome.chooser:
        case "performance":
            return PerformancePolicy(terms)
        case "cascade":
            return PerformancePolicy(terms, is_cascading=True)
        case "cheapest":
            return CheapestPolicy()
        case "strongest":
            return StrongestPolicy()
        case None:
            return OrderedRanker(outcome.shortlist or ())


def weigh_shares(
    asked: Asked,
    choices: Sequence[Choice],
    taken: Sequence[Outcome],
    rankings: Sequence[Ranking | None],
    *,
    terms: Terms,
) -> list[Ranking | None]:
    """The rankings with the probability of each choice where a rule hands over a share of its requests.

    A model that both the policy and the order would choose is certain; else the share, or what it leaves, is the
    probability. The policy's choice for a request that was not handed over is made at the λ of those that were, and
    where none was, at the λ of that request alone: what it would have been, had it been handed over.
    """
    weighed = list(rankings)
    shared = [i for i, choice in enumerate(choices) if choice.share is not None and rankings[i] is not None]
    not_taken = [choices[i].other if taken[i] is choices[i].first else choices[i].first for i in shared]
    used = terms.multiplier
    if used is None:
        used = next((r.lambda_ for r in rankings if r is not None and r.lambda_ is not None), None)
    for outcome, places in group(not_taken).items():
        members = [shared[place] for place in places]
        ranker = ranker_of(outcome, replace(terms, multiplier=used))
        is_joint = used is not None or asked.state.remaining_usd is None
        batches = [members] if is_joint else [[i] for i in members]
        ranked = [alternative for batch in batches for alternative in asked.rank(batch, ranker)]
        for i, alternative in zip(members, ranked, strict=True):
            mine, share = rankings[i], choices[i].share
            if mine is not None and share is not None:
                own = share if taken[i] is choices[i].first else 1 - share
                weighed[i] = replace(mine, propensity=chance_of(mine, alternative, own))
    return weighed


def chance_of(mine: Ranking, alternative: Ranking | None, share: float) -> float:
    """The probability of a choice of which `share` of the requests is made by one ranking, the rest by another."""
    model = mine.order[0]
    other = 0.0 if alternative is None else alternative.chance(model)
    own = mine.chance(model)
    return own if own == other else share * own + (1 - share) * other
