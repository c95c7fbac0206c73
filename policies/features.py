"""What a decision rested on, as the ledger keeps it: the request's features and the router's state, there and back.

A request's ids, step and task type stand in columns of their own, and so does its text, where it may be stored at all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias, cast

from policies.cascade.terms import CascadeTerms
from policies.pulse import Average, Pulse
from policies.terms import PLAIN, Terms
from policies.types import Request, RoutingState, Scalar

Feature: TypeAlias = Scalar | tuple[str, ...] | Mapping[str, Scalar]
StateValue: TypeAlias = str | float | Mapping[str, str] | None

TEXT, FIELDS, LAMBDA = "text", "fields", "lambda"
LATENCY_PRICE, EXPLORATION, PROBING, DITHER = "latency_price", "exploration", "probing", "dither"
PULSES, CASCADE, SCARCITY = "pulses", "cascade", "scarcity"
WEIGHTS_PROBLEM, DRIFTED = "weights_problem", "drifted"
# The terms by the names that they have in a recorded state.
TERM_NAMES = {
    "multiplier": LAMBDA,
    "latency_price": LATENCY_PRICE,
    "exploration": EXPLORATION,
    "probing": PROBING,
    "dither": DITHER,
}


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
    if state.pulses:
        values[PULSES] = {name: pulse_text(pulse) for name, pulse in sorted(state.pulses.items())}
    if state.scarcity:
        values[SCARCITY] = {name: repr(price) for name, price in sorted(state.scarcity.items())}
    if state.drifted:
        values[DRIFTED] = {task_type: json.dumps(models) for task_type, models in sorted(state.drifted.items())}
    if state.weights_problem is not None:
        values[WEIGHTS_PROBLEM] = state.weights_problem
    given = {name: getattr(terms, field) for field, name in TERM_NAMES.items()}
    if terms.cascade is not None:
        values[CASCADE] = json.dumps(asdict(terms.cascade), separators=(",", ":"), sort_keys=True)
    return values | {name: given[name] for field, name in TERM_NAMES.items() if given[name] != getattr(PLAIN, field)}


def terms_of(values: Mapping[str, StateValue]) -> Terms:
    """The terms that `state_of` was given."""
    given = {field: float(v) for field, name in TERM_NAMES.items() if isinstance(v := values.get(name), int | float)}
    check = values.get(CASCADE)
    cascade = CascadeTerms(**json.loads(check)) if isinstance(check, str) else None
    return Terms(
        multiplier=given.get("multiplier"),
        latency_price=given.get("latency_price", PLAIN.latency_price),
        exploration=given.get("exploration", PLAIN.exploration),
        probing=given.get("probing", PLAIN.probing),
        dither=given.get("dither", PLAIN.dither),
        cascade=cascade,
    )


def routing_state_of(values: Mapping[str, StateValue]) -> RoutingState:
    """The state that `state_of` wrote."""
    unavailable, remaining, pulses = values["unavailable"], values["remaining_usd"], values.get(PULSES)
    scarcity, problem, drifted = values.get(SCARCITY), values.get(WEIGHTS_PROBLEM), values.get(DRIFTED)
    return RoutingState(
        unavailable=unavailable if isinstance(unavailable, Mapping) else {},
        remaining_usd=None if remaining is None else Decimal(str(remaining)),
        seed=whole(values["seed"]),
        pulses={name: pulse_of(text) for name, text in pulses.items()} if isinstance(pulses, Mapping) else {},
        scarcity={name: float(price) for name, price in scarcity.items()} if isinstance(scarcity, Mapping) else {},
        weights_problem=None if problem is None else str(problem),
        drifted={name: tuple(json.loads(models)) for name, models in drifted.items()}
        if isinstance(drifted, Mapping)
        else {},
    )


def pulse_text(pulse: Pulse) -> str:
    """A pulse as JSON: means and weights, exactly."""
    return json.dumps(asdict(pulse), separators=(",", ":"), sort_keys=True)


def pulse_of(text: str) -> Pulse:
    """The pulse that `pulse_text` wrote."""
    parts = json.loads(text)
    quality = {task_type: Average(**average) for task_type, average in parts["quality"].items()}
    failures, latency, cost = (Average(**parts[name]) for name in ("failures", "log_latency", "log_cost"))
    return Pulse(failures, latency, cost, quality)


def words(value: Feature) -> frozenset[str]:
    """A set of words; older decisions have it as one text, parted by spaces."""
    if isinstance(value, str):
        return frozenset(value.split())
    return frozenset(value) if isinstance(value, Sequence) else frozenset()


def whole(value: object) -> int:
    """A whole number; 0 where there is none."""
    return value if isinstance(value, int) else 0
