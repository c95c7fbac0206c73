"""From options to decisions: a ranking orders the eligible models of each request, and `settle` writes it down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from policies.options import Option, eligible, list_options
from policies.types import Candidate, Catalogue, Decision, Request, RoutingState, Weights


@dataclass(frozen=True, slots=True)
class Scope:
    """Which models a policy or a rule may choose from (None: all), and the reason that the others read."""

    models: frozenset[str] | None = None
    reason: str = ""
    rule: str | None = None


EVERY_MODEL = Scope()
REFUSED = "no model may serve: "


@dataclass(frozen=True, slots=True)
class Ranked:
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
    options = [list_options(request, catalogue, weights=weights, state=state) for request in requests]
    rankings = rank_where_possible(ranker, requests, [within(scope, some) for some in options], state=state)
    version = weights.version if weights else None
    return tuple(
        settle(request, some, ranking, policy=ranker.name, weights_version=version, scope=scope)
        for request, some, ranking in zip(requests, options, rankings, strict=True)
    )


def within(scope: Scope, options: Sequence[Option]) -> tuple[Option, ...]:
    """The options that may serve and are in scope."""
    return tuple(o for o in eligible(options) if scope.models is None or o.model.name in scope.models)


def rank_where_possible(
    ranker: Ranker, requests: Sequence[Request], options: Sequence[Sequence[Option]], *, state: RoutingState
) -> list[Ranking | None]:
    """Rank the requests that have an option; None for the others."""
    served = [i for i, some in enumerate(options) if some]
    batch = Batch(tuple(requests[i] for i in served), tuple(tuple(options[i]) for i in served), state)
    ranked = ranker.rank(batch)
    by_index = dict(zip(served, ranked, strict=True))
    return [by_index.get(i) for i in range(len(requests))]


def rank_by(
    options: Sequence[Option],
    *,
    key: Callable[[Option], tuple[float, ...]],
    utility: Callable[[Option], float | None],
    reason: Callable[[Option, Option], str],
    lambda_: float | None = None,
) -> Ranking:
    """Order options by a key, smallest first, ties in the catalogue's order; `reason(loser, winner)` says why."""
    ordered = sorted(options, key=key)
    places = [
        Ranked(option, utility(option), "" if option is ordered[0] else reason(option, ordered[0]))
        for option in ordered
    ]
    return Ranking(tuple(places), lambda_=lambda_)


def settle(
    request: Request,
    options: Sequence[Option],
    ranking: Ranking | None,
    *,
    policy: str,
    weights_version: str | None,
    rules_version: str | None = None,
    scope: Scope = EVERY_MODEL,
) -> Decision:
    """Write down one decision: the ranked models as fallbacks in order, and every option as a candidate.

    Eligible options that were not ranked read the scope's reason. Without a ranking nothing could serve, and the
    refusal repeats each model's reason.
    """
    places = ranking.places if ranking else ()
    by_name = {place.option.model.name: place for place in places}
    candidates = tuple(build_candidate(option, by_name.get(option.model.name), scope.reason) for option in options)
    names = [place.option.model.name for place in places]
    return Decision(
        call_id=request.call_id,
        policy=policy,
        rule=scope.rule,
        model=names[0] if names else None,
        propensity=ranking.propensity if ranking else 1.0,
        explored=ranking.explored if ranking else False,
        candidates=candidates,
        fallbacks=tuple(names[1:]),
        lambda_=ranking.lambda_ if ranking else None,
        weights_version=weights_version,
        rules_version=rules_version,
        refusal=None if names else refuse(candidates),
    )


def build_candidate(option: Option, place: Ranked | None, narrowed: str) -> Candidate:
    """One option as the decision's record of it."""
    reason = option.exclusion or (place.reason if place else narrowed)
    return Candidate(
        model=option.model.name,
        eligible=option.exclusion is None,
        reason=reason,
        p_quality=round(option.quality, 6),
        p_cost_usd=option.cost_usd,
        p_latency_s=round(option.latency_s, 6),
        utility=place.utility if place else None,
    )


def refuse(candidates: Sequence[Candidate]) -> str:
    """Why no model may serve, in one line."""
    return REFUSED + "; ".join(f"{c.model}: {c.reason}" for c in candidates)
