"""From options to decisions: a ranking orders the eligible models of each request, and `settle` writes it down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from policies.options import Option, list_options
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


class Ranked(NamedTuple):
    """One option in its place: the utility it was ranked by, and why it lost ("" for the first)."""

    option: Option
    utility: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class Ranking:
    """The eligible options of one request, best first, and the probability with which the first was chosen."""

    places: tuple[Ranked, ...]
    propensity: float = 1.0
    explored: bool = False
    lambda_: float | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Requests to be ranked together, each with its options: eligible ones, and at least one."""

    requests: tuple[Request, ...]
    options: tuple[tuple[Option, ...], ...]
    state: RoutingState


class Ranker(Protocol):
    """The core of a policy: ranks what it is given, over a whole chunk at once, and excludes nothing itself."""

    @property
    def name(self) -> str: ...

    def rank(self, batch: Batch) -> tuple[Ranking, ...]:
        """One ranking per request of the batch."""
        ...


def decide_by(
    ranker: Ranker,
    requests: Sequence[Request],
    catalogue: Catalogue,
    *,
    weights: Weights | None,
    state: RoutingState,
    scope: Scope = EVERY_MODEL,
) -> tuple[Decision, ...]:
    """Decide a chunk by one ranker over the eligible models in scope; a request without any is refused, not dropped."""
    options = list_options(requests, catalogue, weights=weights, state=state)
    scopes = [scope] * len(requests)
    rankings = rank_where_possible(ranker, requests, narrow(scopes, options), state=state)
    sources = Sources(ranker.name, weights.version if weights else None)
    return settle(requests, options, rankings, scopes, sources=sources)


def narrow(scopes: Sequence[Scope], options: Sequence[tuple[Option, ...]]) -> list[tuple[Option, ...]]:
    """For each request the options that may serve and are in its scope; shared where both are."""
    kept: dict[tuple[int, int], tuple[Option, ...]] = {}
    narrowed = []
    for scope, some in zip(scopes, options, strict=True):
        key = (id(scope), id(some))
        left = kept.get(key)
        if left is None:
            left = kept[key] = within(scope, some)
        narrowed.append(left)
    return narrowed


def within(scope: Scope, options: Sequence[Option]) -> tuple[Option, ...]:
    """The options that may serve and are in scope."""
    names = scope.models
    return tuple([o for o in options if o.exclusion is None and (names is None or o.outlook.model.name in names)])


def rank_where_possible(
    ranker: Ranker, requests: Sequence[Request], options: Sequence[tuple[Option, ...]], *, state: RoutingState
) -> list[Ranking | None]:
    """Rank the requests that have an option; None for the others."""
    served = [i for i, some in enumerate(options) if some]
    batch = Batch(tuple([requests[i] for i in served]), tuple([options[i] for i in served]), state)
    rankings: list[Ranking | None] = [None] * len(requests)
    for i, ranking in zip(served, ranker.rank(batch), strict=True):
        rankings[i] = ranking
    return rankings


def rank_each(batch: Batch, rank: Callable[[tuple[Option, ...]], Ranking]) -> tuple[Ranking, ...]:
    """Rank each request by its options alone; those that share their options share the ranking."""
    kept: dict[int, Ranking] = {}
    rankings = []
    for some in batch.options:
        ranking = kept.get(id(some))
        if ranking is None:
            ranking = kept[id(some)] = rank(some)
        rankings.append(ranking)
    return tuple(rankings)


def rank_by(
    options: Sequence[Option],
    *,
    keys: Sequence[tuple[float, ...]],
    utilities: Sequence[float | None],
    reason: Callable[[int, int], str],
    lambda_: float | None = None,
) -> Ranking:
    """Order options by their keys, smallest first, ties in the catalogue's order.

    `reason` says why an option lost to the first, both by their index.
    """
    order = sorted(range(len(options)), key=keys.__getitem__)
    first = order[0]
    places = [Ranked(options[i], utilities[i], "" if i == first else reason(i, first)) for i in order]
    return Ranking(tuple(places), lambda_=lambda_)


@dataclass(frozen=True, slots=True)
class Sources:
    """What decisions say that they rest on."""

    policy: str
    weights_version: str | None
    rules_version: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What all requests with the same options, ranking and scope are told."""

    candidates: tuple[Candidate, ...]
    model: str | None
    fallbacks: tuple[str, ...]
    refusal: str | None


def settle(
    requests: Sequence[Request],
    options: Sequence[tuple[Option, ...]],
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
            )
        )
    return tuple(decisions)


def judge(options: Sequence[Option], ranking: Ranking | None, scope: Scope) -> Verdict:
    """Every option as a candidate, and who serves, or why nobody does."""
    places = ranking.places if ranking else ()
    names = [place.option.outlook.model.name for place in places]
    by_name = dict(zip(names, places, strict=True))
    candidates = tuple(
        [build_candidate(option, by_name.get(option.outlook.model.name), scope.reason) for option in options]
    )
    if names:
        return Verdict(candidates, names[0], tuple(names[1:]), None)
    return Verdict(candidates, None, (), scope.refusal or refuse(candidates))


def build_candidate(option: Option, place: Ranked | None, narrowed: str) -> Candidate:
    """One option as the decision's record of it."""
    quality, latency_s = option.outlook.known_as
    return Candidate(
        option.outlook.model.name,
        option.exclusion is None,
        option.exclusion or (place.reason if place else narrowed),
        quality,
        option.cost_usd,
        latency_s,
        place.utility if place else None,
    )


def refuse(candidates: Sequence[Candidate]) -> str:
    """Why no model may serve, in one line."""
    return REFUSED + "; ".join(f"{c.model}: {c.reason}" for c in candidates)
