"""What a run saved, as `pointsman report` tells it."""

from __future__ import annotations

from decimal import Decimal

from flows.savings import estimate_of, print_savings

ROW = {
    "baseline": "strongest",
    "compared_calls": 40,
    "spent_usd": Decimal("0.5"),
    "savings_usd": Decimal("1.25"),
    "savings_low_usd": Decimal("0.9"),
    "savings_high_usd": Decimal("1.75"),
    "cost_evidence": "randomised",
    "quality_difference": None,
    "quality_difference_low": None,
    "quality_difference_high": None,
    "quality_evidence": "no overlap",
    "predicted_savings_usd": Decimal("1.1"),
}


def test_an_estimate_is_told_with_its_interval_and_none_with_its_reason() -> None:
    assert estimate_of(ROW, "savings", unit="_usd", evidence="randomised") == (Decimal("1.25"), "0.9 to 1.75")
    assert estimate_of(ROW, "quality_difference", unit="", evidence="no overlap") == (None, "no overlap")


def test_each_baseline_is_a_row(capsys) -> None:
    print_savings([ROW])
    printed = capsys.readouterr().out
    assert "Against the same calls under simpler policies" in printed
    for told in ("strongest", "40", "0.5", "1.25", "0.9 to 1.75", "no overlap", "1.1"):
        assert told in printed


def test_without_calls_that_had_a_choice_nothing_is_printed(capsys) -> None:
    print_savings([])
    assert capsys.readouterr().out == ""
