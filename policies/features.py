"""What a decision rested on, as the ledger keeps it: the request's features and the router's state, there and back.

A request's ids, step and task type stand in columns of their own, and so does its text, where it may be stored at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias, cast

from policies.terms import PLAIN, Terms
from policies.types import Request, RoutingState, Scalar

Feature: TypeAlias = Scalar | tuple[str, ...] | Mapping[str, Scalar]
StateValue: TypeAlias = str | float | Mapping[str, str] | None

TEXT, FIELDS, LAMBDA = "text", "fields", "lambda"
LATENCY_PRICE, EXPLORATION, DITHER = "latency_price", "exploration", "dither"


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """A request as the ledger has it, and the names of its fields that are not known, such as a text not stored.

    In the place of such a text stand as many spaces as it had characters, so that its length is known nevertheless.
    """

    request: Request
    unknown: frozenset[str] = frozenset()


def features_of(request: Request) -> Mapping[str, Feature]:
    """What the policy saw of a request, without its text; what is at its default is left out where it seldom is not."""
    features: dict[str, Feature] = {
        "job": request.job,
        "tags": tuple(sorted(request.tags)),
        "needs": tuple(sorted(request.needs)),
        "n_characters": len(request.text),
        "input_tokens": request.input_tokens,
        "max_output_tokens": request.max_output_tokens,
        "is_structured": request.is_structured,
    }
    if request.category_confidence is not None:
        features["category"] = request.category
        features["category_confidence"] = request.category_confidence
        features["is_ambiguous"] = request.is_ambiguous
        features["is_auto"] = request.is_auto
    if request.language is not None:
        features["language"] = request.language
    if request.fields:
        features[FIELDS] = dict(request.fields)
    if request.asked_at is not None:
        features["asked_at"] = request.asked_at.isoformat()
    if request.prefers:
        features["prefers"] = tuple(sorted(request.prefers))
    return features


def request_of(
    features: Mapping[str, Feature], *, call_id: str, item_id: str, step: str, task_type: str, text: str | None
) -> LoggedRequest:
    """The request that has these features, with what is not known of it; `text` None: it is not stored."""
    asked_at = features.get("asked_at")
    stands_for = text if text is not None else " " * whole(features.get("n_characters"))
    fields = features.get(FIELDS, {})
    request = Request(
        call_id=call_id,
        item_id=item_id,
        step=step,
        task_type=task_type,
        text=stands_for,
        input_tokens=whole(features.get("input_tokens")),
        max_output_tokens=whole(features.get("max_output_tokens")),
        tags=words(features.get("tags")),
        needs=words(features.get("needs")),
        is_structured=bool(features.get("is_structured")),
        job=str(features.get("job", "")),
        category=cast(str | None, features.get("category")),
        category_confidence=cast(float | None, features.get("category_confidence")),
        is_ambiguous=bool(features.get("is_ambiguous")),
        is_auto=bool(features.get("is_auto")),
        language=cast(str | None, features.get("language")),
        fields=fields if isinstance(fields, Mapping) else {},
        asked_at=datetime.fromisoformat(asked_at) if isinstance(asked_at, str) else None,
        prefers=words(features.get("prefers")),
    )
    unknown = {TEXT} if text is None else set()
    return LoggedRequest(request, frozenset(unknown | ({FIELDS} if fields is None else set())))


def state_of(state: RoutingState, *, terms: Terms = PLAIN) -> Mapping[str, StateValue]:
    """The router's state as a JSON object, with the terms that it decided on; money as text, so that it stays exact.

    Their `multiplier` is the λ of the chunk, which also bears on decisions that have none of their own: where a rule
    hands only a share of its requests to a policy, the policy's choice for the others counts for their propensity.
    Terms that are the plain ones are left out.
    """
    remaining = state.remaining_usd
    values: dict[str, StateValue] = {
        "unavailable": dict(state.unavailable),
        "remaining_usd": None if remaining is None else f"{remaining:f}",
        "seed": state.seed,
    }
    given = {
        LAMBDA: terms.multiplier,
        LATENCY_PRICE: terms.latency_price,
        EXPLORATION: terms.exploration,
        DITHER: terms.dither,
    }
    plain = (PLAIN.multiplier, PLAIN.latency_price, PLAIN.exploration, PLAIN.dither)
    return values | {name: value for (name, value), usual in zip(given.items(), plain, strict=True) if value != usual}


def terms_of(values: Mapping[str, StateValue]) -> Terms:
    """The terms that `state_of` was given."""
    multiplier, latency_price, exploration, dither = (
        float(value) if isinstance(value := values.get(name), int | float) else None
        for name in (LAMBDA, LATENCY_PRICE, EXPLORATION, DITHER)
    )
    return Terms(
        multiplier, latency_price or PLAIN.latency_price, exploration or PLAIN.exploration, dither or PLAIN.dither
    )


def routing_state_of(values: Mapping[str, StateValue]) -> RoutingState:
    """The state that `state_of` wrote."""
    unavailable, remaining = values["unavailable"], values["remaining_usd"]
    return RoutingState(
        unavailable=unavailable if isinstance(unavailable, Mapping) else {},
        remaining_usd=None if remaining is None else Decimal(str(remaining)),
        seed=whole(values["seed"]),
    )


def words(value: Feature) -> frozenset[str]:
    """A set of words; older decisions have it as one text, parted by spaces."""
    if isinstance(value, str):
        return frozenset(value.split())
    return frozenset(value) if isinstance(value, Sequence) else frozenset()


def whole(value: object) -> int:
    """A whole number; 0 where there is none."""
    return value if isinstance(value, int) else 0
