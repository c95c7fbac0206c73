"""From requests to decisions: options are narrowed, a ranker ranks what is left, and `settle` writes it down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from policies.candidates import Candidates
from policies.options import Options, Outlook, list_options
from policies.ranking import Field, Ranker, Ranking, rank_where_possible
from policies.types import Candidate, Catalogue, Decision, Request, RoutingState, Weights


@dataclass(frozen=True, slots=True)
class Scope:
    """Which models a policy or a rule may choose from (None: all), and the reason that the others read.

    `refusal` is what a request is told where the rule leaves no model on purpose.
    """

    models: frozenset[str] | None = None
    reason: str = ""
    rule: str | None = None
    refusal: str | None = None


EVERY_MODEL = Scope()
REFUSED = "no model may serve: "


def decide_by(
    ranker: Ranker,
    requests: Sequence[Request],
    catalogue: Catalogue,
    *,
    weights: Weights | None,
    state: RoutingState,
) -> tuple[Decision, ...]:
    """Decide a chunk by one ranker over all eligible models; a request without any is refused, not dropped."""
    sources = Sources(ranker.name, weights.version if weights else None)
    return decide_within(EVERY_MODEL, ranker, requests, catalogue, weights=weights, state=state, sources=sources)


def decide_within(
    scope: Scope,
    ranker: Ranker,
    requests: Sequence[Request],
    catalogue: Catalogue,
    *,
    weights: Weights | None,
    state: RoutingState,
    sources: Sources,
) -> tuple[Decision, ...]:
    """The same over the models of one scope."""
    options = list_options(requests, catalogue, weights=weights, state=state)
    scopes = [scope] * len(requests)
    rankings = rank_where_possible(ranker, requests, narrow(scopes, options), state=state)
    return settle(requests, options, rankings, scopes, sources=sources)


def narrow(scopes: Sequence[Scope], options: Sequence[Options]) -> list[Field]:
    """For each request the models that may serve and are in its scope; shared where both are."""
    kept: dict[tuple[int, int], Field] = {}
    numbers: dict[tuple[int, int], tuple[int, ...]] = {}
    narrowed = []
    for scope, some in zip(scopes, options, strict=True):
        key = (id(scope), id(some))
        field = kept.get(key)
        if field is None:
            field = kept[key] = Field(some, within(scope, some, numbers))
        narrowed.append(field)
    return narrowed


def within(scope: Scope, options: Options, known: dict[tuple[int, int], tuple[int, ...]]) -> tuple[int, ...]:
    """The models that may serve and are in scope, in the catalogue's order; `known` is filled with those of scopes."""
    if scope.models is None:
        return options.eligible
    key = (id(scope), id(options.outlook.numbers))  # which requests with forecasts of their own share
    numbers = known.get(key)
    if numbers is None:
        numbers = known[key] = numbers_in(scope.models, options.outlook)
    return options.eligible_among(numbers)


def numbers_in(names: frozenset[str], outlook: Outlook) -> tuple[int, ...]:
    """The numbers of some models, in the catalogue's order; a name that it lacks has none."""
    return tuple(sorted([outlook.numbers[name] for name in names if name in outlook.numbers]))


@dataclass(frozen=True, slots=True)
class Sources:
    """What decisions say that they rest on."""

    policy: str
    weights_version: str | None
    rules_version: str | None = None


class Verdict(NamedTuple):
    """What all requests with the same options, ranking and scope are told."""

    candidates: Sequence[Candidate]
    model: str | None
    fallbacks: tuple[str, ...]
    refusal: str | None


def settle(
    requests: Sequence[Request],
    options: Sequence[Options],
    rankings: Sequence[Ranking | None],
    scopes: Sequence[Scope],
    *,
    sources: Sources,
) -> tuple[Decision, ...]:
    """Write down the decisions: the ranked models as fallbacks in order, and every option as a candidate.

    Eligible options that were not ranked read the scope's reason. Without a ranking nothing could serve, and the
    refusal repeats each model's reason.
    """
    kept: dict[tuple[int, int, int], Verdict] = {}
    decisions = []
    for request, some, ranking, scope in zip(requests, options, rankings, scopes, strict=True):
        key = (id(some), id(ranking), id(scope))
        verdict = kept.get(key)
        if verdict is None:
            verdict = kept[key] = judge(some, ranking, scope)
        decisions.append(
            Decision(
                request.call_id,
                sources.policy,
                scope.rule,
                verdict.model,
                ranking.propensity if ranking else 1.0,
                ranking.explored if ranking else False,
                verdict.candidates,
                verdict.fallbacks,
                ranking.lambda_ if ranking else None,
                sources.weights_version,
                sources.rules_version,
                verdict.refusal,
                ranking.cascade if ranking else None,
            )
        )
    return tuple(decisions)


def judge(options: Options, ranking: Ranking | None, scope: Scope) -> Verdict:
    """Every option as a candidate, and who serves, or why nobody does."""
    candidates = Candidates(options, ranking, scope.reason)
    if ranking is None:
        return Verdict(candidates, None, (), scope.refusal or refuse(candidates))
    models = options.outlook.models
    first, *others = [models[number].name for number in ranking.order]
    return Verdict(candidates, first, tuple(others), None)


def refuse(candidates: Sequence[Candidate]) -> str:
    """Why no model may serve, in one line."""
    return REFUSED + "; ".join(f"{c.model}: {c.reason}" for c in candidates)
