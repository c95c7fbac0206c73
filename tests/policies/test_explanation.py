"""The explanation of a decision, as it is printed. Regenerate with UPDATE_GOLDEN=write."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from policies.explanation import explain
from policies.forecast import Forecast, Foreseen
from policies.rule_table import RuleTable
from policies.selection import policy_named
from policies.types import Catalogue, CellMean, Request, RoutingState, Weights

GOLDEN = Path(__file__).parent / "golden"
Build = Callable[..., Request]
FORECAST = Forecast(
    "p-0123456789abcdef",
    None,
    {
        "tiny": Foreseen(0.41, 0.05, 12, 0.2, 31, (0.35, 0.0, 0.06, 0.0)),
        "large": Foreseen(0.93, 0.03, 48, None, 44, (0.9, 0.031, -0.0004, 0.0)),
    },
)
DECLINED = Forecast("p-0123456789abcdef", "its text is unlike those of all calls that were scored")
WEIGHTS = Weights("w-0123456789abcdef", (CellMean("generate", "middle", 40, 0.8, 0.06, 0.0002, 0.9),))

CASES: dict[str, tuple[str, dict[str, object], RoutingState]] = {
    "rule_shortlist": ("rules", {"tags": frozenset({"urgent", "paid"})}, RoutingState()),
    "rule_policy": ("rules", {"text": "how many?"}, RoutingState()),
    "default_under_budget": ("rules", {}, RoutingState(remaining_usd=Decimal("0.001"))),
    "foreseen_under_budget": ("rules", {"forecast": FORECAST}, RoutingState(remaining_usd=Decimal("0.004"))),
    "foreseen_declined": ("performance", {"forecast": DECLINED}, RoutingState()),
    "random": ("random", {"needs": frozenset({"lang:de"})}, RoutingState(seed=5)),
    "fixed": ("fixed:tiny", {}, RoutingState()),
    "refused": (
        "performance",
        {"needs": frozenset({"hipaa", "region:eu"}), "is_structured": True},
        RoutingState(unavailable={"large": "5 of the last 5 attempts failed"}),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_an_explanation_reads_as_agreed(name: str, toy: Catalogue, toy_table: RuleTable, request_of: Build) -> None:
    spec, asked, state = CASES[name]
    request = request_of(**asked)
    decision = policy_named(spec, table=toy_table).decide([request], toy, weights=WEIGHTS, state=state)[0]
    line = (
        f"{request.step} of {request.item_id}: {request.task_type}, {request.input_tokens} tokens in, 100 out at most"
    )
    learned = WEIGHTS.cells_of("generate")
    text = explain(decision, request_line=line, learned=learned, forecast=request.forecast) + "\n"
    path = GOLDEN / f"explain_{name}.txt"
    if os.environ.get("UPDATE_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CASES)
def test_an_explanation_fits_one_screen(name: str, toy: Catalogue, toy_table: RuleTable, request_of: Build) -> None:
    spec, asked, state = CASES[name]
    decision = policy_named(spec, table=toy_table).decide([request_of(**asked)], toy, weights=None, state=state)[0]
    lines = explain(decision, request_line="x" * 300, forecast=asked.get("forecast")).splitlines()
    assert max(len(line) for line in lines) <= 80
    assert len(lines) <= 30


def test_control_characters_of_a_request_are_not_printed(
    toy: Catalogue, toy_table: RuleTable, request_of: Build
) -> None:
    decision = policy_named("strongest", table=toy_table).decide(
        [request_of()], toy, weights=None, state=RoutingState()
    )[0]
    text = explain(decision, request_line="\x1b[31mred\r\nnext\x00")
    assert all(character.isprintable() or character == "\n" for character in text)
    assert text.splitlines()[0] == " [31mred  next"


def test_long_model_names_are_cut_and_huge_numbers_keep_the_width(
    toy: Catalogue, toy_table: RuleTable, request_of: Build
) -> None:
    decision = policy_named("strongest", table=toy_table).decide(
        [request_of()], toy, weights=None, state=RoutingState()
    )[0]
    huge = replace(decision.candidates[0], model="m" * 90, p_cost_usd=Decimal("99999.5"), utility=-1.234567e-100)
    lines = explain(replace(decision, candidates=(huge,)), request_line="r").splitlines()
    assert max(len(line) for line in lines) <= 80


def test_a_quality_that_is_credited_says_so(toy: Catalogue, toy_table: RuleTable, request_of: Build) -> None:
    cell = CellMean("generate", "large", 40, 0.62, 0.02, 0.001, 1.0, credit=0.5, own_quality=0.9)
    weights = Weights("w-00000000000000c5", (cell,))
    decision = policy_named("performance", table=toy_table).decide(
        [request_of()], toy, weights=weights, state=RoutingState()
    )[0]
    text = explain(decision, request_line="x", learned=weights.cells_of("generate"))
    assert "learned quality 0.620, 50% of it credited from final scores; its own" in text
    bare = {"large": replace(cell, own_quality=None)}
    assert "50% of it credited from final scores\n" in explain(decision, request_line="x", learned=bare) + "\n"
    plain = {"large": replace(cell, credit=0.0)}
    assert "credited" not in explain(decision, request_line="x", learned=plain)
