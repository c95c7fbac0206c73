"""Nothing that a decision rests on is lost on its way into the ledger and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, replace
from datetime import UTC, datetime
from decimal import Decimal

import orjson

from policies.features import features_of, request_of, routing_state_of, state_of, terms_of
from policies.pulse import Average, Pulse
from policies.terms import PLAIN, Terms
from policies.types import Request, RoutingState

FULL = Request(
    call_id="call-1",
    item_id="item-1",
    step="answer",
    task_type="generate",
    text="What is a déque?",
    input_tokens=100,
    max_output_tokens=20,
    tags=frozenset({"urgent", "kind:two words"}),
    needs=frozenset({"lang:en", "hipaa"}),
    is_structured=True,
    job="qa",
    category="maths",
    category_confidence=0.1234567890123,
    is_ambiguous=True,
    is_auto=True,
    language="en",
    fields={"customer": "gold", "n": 3, "share": 0.5, "is_new": True, "none": None},
    asked_at=datetime(2026, 11, 28, 9, 30, tzinfo=UTC),
    prefers=frozenset({"region:eu"}),
)
PULSE = Pulse(Average(0.1, 7.3, 0.2, 5.5), Average(-0.25, 1.0), Average(), {"extract": Average(1 / 3, 19.999)})
STATE = RoutingState(
    {"large": "its key is missing"},
    Decimal("0.000000001"),
    2**62,
    {"small": PULSE},
    {"small": 0.125, "large": 1 / 3},
    "weights w-1 are stale",
    {"generate": ("small", "large")},
)


def back(request: Request, *, text: str | None) -> Request:
    """A request that was written as JSON and read."""
    features = orjson.loads(orjson.dumps(features_of(request)))
    return request_of(
        features,
        call_id=request.call_id,
        item_id=request.item_id,
        step=request.step,
        task_type=request.task_type,
        text=text,
    ).request


def test_every_field_of_a_request_comes_back() -> None:
    default = {f.name: f.default for f in fields(Request) if f.default is not MISSING}
    del default["forecast"]  # has a column of its own
    assert [name for name, value in default.items() if getattr(FULL, name) == value] == []  # each is tried
    assert back(FULL, text=FULL.text) == FULL


def test_a_bare_request_comes_back() -> None:
    bare = Request("c", "i", "s", "generate", "text", 1, 2)
    assert back(bare, text=bare.text) == bare


def test_a_text_that_is_not_stored_is_known_by_its_length_alone() -> None:
    features = features_of(FULL)
    logged = request_of(features, call_id="call-1", item_id="i", step="s", task_type="t", text=None)
    assert logged.unknown == {"text"}
    assert (len(logged.request.text), logged.request.text.strip()) == (len(FULL.text), "")


def test_fields_that_are_not_stored_are_unknown() -> None:
    features = {**features_of(FULL), "fields": None}
    logged = request_of(features, call_id="c", item_id="i", step="s", task_type="t", text="")
    assert (logged.unknown, logged.request.fields) == ({"fields"}, {})


def test_words_of_older_decisions_were_parted_by_spaces() -> None:
    features: Mapping[str, str] = {"tags": "a b", "needs": ""}
    request = request_of(features, call_id="c", item_id="i", step="s", task_type="t", text="").request
    assert (request.tags, request.needs) == ({"a", "b"}, frozenset())


def test_every_field_of_a_state_comes_back() -> None:
    default = RoutingState()
    assert [f.name for f in fields(RoutingState) if getattr(STATE, f.name) == getattr(default, f.name)] == []
    for state in (STATE, default, replace(STATE, remaining_usd=None)):
        assert routing_state_of(json.loads(json.dumps(state_of(state)))) == state
        for terms in (PLAIN, Terms(0.0), Terms(2.5, 0.01, 0.05, 0.0)):
            written = json.loads(json.dumps(state_of(state, terms=terms)))
            assert (routing_state_of(written), terms_of(written)) == (state, terms)
