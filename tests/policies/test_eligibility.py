from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from policies.eligibility import judge_eligibility
from policies.types import Catalogue, Request, RoutingState

Build = Callable[..., Request]


def test_a_model_that_fits_has_no_reason(toy: Catalogue, request_of: Build) -> None:
    asked = request_of(needs=frozenset({"lang:de"}), is_structured=True)
    state = RoutingState(unavailable={"tiny": "circuit open"}, remaining_usd=Decimal(1))
    assert judge_eligibility(asked, toy["middle"], state=state) is None


@pytest.mark.parametrize(
    ("model", "asked", "state", "reason"),
    [
        ("tiny", {}, RoutingState(unavailable={"tiny": "circuit open"}), "unavailable: circuit open"),
        ("tiny", {}, RoutingState(unavailable={"tiny": ""}), "unavailable: no reason was given"),
        ("tiny", {"needs": frozenset({"lang:en", "lang:de", "hipaa"})}, RoutingState(), "lacks hipaa, lang:de"),
        ("tiny", {"is_structured": True}, RoutingState(), "can't answer by a JSON schema"),
        (
            "tiny",
            {"input_tokens": 901},
            RoutingState(),
            "needs 1001 tokens (901 in + 100 out); its context window holds 1000",
        ),
        (
            "tiny",
            {"max_output_tokens": 201},
            RoutingState(),
            "answers at most 200 tokens; the step asks for 201",
        ),
        (
            "middle",
            {},
            RoutingState(remaining_usd=Decimal("0.000349")),
            "may cost 0.000350000 USD; 0.000349 USD is left",
        ),
        ("secretive", {}, RoutingState(remaining_usd=Decimal(9)), "its price is unknown, so no budget can be kept"),
    ],
)
def test_each_exclusion_has_its_reason(
    toy: Catalogue, request_of: Build, model: str, asked: dict[str, object], state: RoutingState, reason: str
) -> None:
    assert judge_eligibility(request_of(**asked), toy[model], state=state) == reason


@pytest.mark.parametrize(
    ("model", "asked", "state"),
    [
        ("tiny", {"input_tokens": 900}, RoutingState()),
        ("tiny", {"max_output_tokens": 200}, RoutingState()),
        ("middle", {}, RoutingState(remaining_usd=Decimal("0.00035"))),
        ("tiny", {}, RoutingState(remaining_usd=Decimal(0))),  # a free model needs no money
        ("secretive", {}, RoutingState()),
    ],
)
def test_limits_themselves_are_allowed(
    toy: Catalogue, request_of: Build, model: str, asked: dict[str, object], state: RoutingState
) -> None:
    assert judge_eligibility(request_of(**asked), toy[model], state=state) is None
