"""Each condition of the gate alone keeps a candidate out, and its detail has the figures that it went by."""

from __future__ import annotations

from dataclasses import replace

import pytest

from policies.gate.conditions import all_hold
from policies.gate.evidence import Evidence, Shift
from policies.gate.thresholds import COST_ALPHA, QUALITY_ALPHA, Thresholds
from policies.gate.verdict import judge_evidence

LIMITS = Thresholds(max_moved_share=0.9)
GOOD = Evidence(
    n=20_000,
    n_fixed=1_000,
    n_blind=500,
    n_evidence=18_500,
    n_moved=4_000,
    moved_share=0.25,
    effective_n=400.0,
    quality=Shift(0.78, 0.75, 0.03, 0.01, 0.05),
    cost_usd=Shift(0.0011, 0.0010, 0.0001, 0.00009, 0.00011),
    latency_s=Shift(1.0, 1.0, 0.0, -0.1, 0.1),
    worth=0.03,
    worth_low=0.012,
    quality_low=0.008,
    growth=0.1,
    growth_high=0.11,
    is_free=False,
)


def broken(evidence: Evidence, limits: Thresholds = LIMITS) -> list[str]:
    return [one.condition for one in judge_evidence(evidence, limits, has_live=True) if not one.held]


def test_both_tests_together_err_in_five_of_a_hundred_cases() -> None:
    assert pytest.approx(0.05) == QUALITY_ALPHA + COST_ALPHA


def test_a_candidate_that_is_better_passes() -> None:
    assert broken(GOOD) == []
    told = [one.detail for one in judge_evidence(GOOD, LIMITS, has_live=True)]
    assert "quality at equal cost +0.030, at least +0.012" in told[1]
    assert "1,000 were no draw" in told[0]


@pytest.mark.parametrize(
    ("change", "condition"),
    [
        ({"effective_n": 49.0}, "at least 50 effective decisions that would be made otherwise"),
        ({"worth_low": 0.0}, "better: quality at equal cost, or cost at equal quality"),
        ({"worth_low": None}, "better: quality at equal cost, or cost at equal quality"),
        ({"growth_high": 0.26}, "cost grows by 25% at most"),
        ({"growth_high": None}, "cost grows by 25% at most"),
        ({"moved_share": 0.91}, "90% of the decisions would be made otherwise at most"),
    ],
)
def test_each_condition_alone_rejects(change: dict[str, float | None], condition: str) -> None:
    assert broken(replace(GOOD, **change)) == [condition]


@pytest.mark.parametrize(
    ("growth_high", "quality_low", "is_better"),
    [(-0.05, -0.009, True), (-0.05, -0.011, False), (-0.01, 0.0, False), (-0.05, None, False)],
)
def test_less_cost_at_equal_quality_is_better_too(
    growth_high: float, quality_low: float | None, is_better: bool
) -> None:
    evidence = replace(GOOD, worth_low=-0.002, growth=-0.1, growth_high=growth_high, quality_low=quality_low)
    assert (broken(evidence) == []) is is_better


def test_what_is_free_on_both_sides_costs_no_more() -> None:
    evidence = replace(GOOD, is_free=True, growth=None, growth_high=None)
    assert broken(evidence) == []


def test_the_first_version_is_said_to_be_unproven() -> None:
    (told,) = judge_evidence(replace(GOOD, worth_low=-0.5), LIMITS, has_live=False)
    assert told.held
    assert told.detail.startswith("not proven: no version was live; against the catalogue's priors the log says +0.030")
    (told,) = judge_evidence(replace(GOOD, worth=None, worth_low=None), LIMITS, has_live=False)
    assert told.held
    assert "too little evidence" in told.detail


def test_a_version_that_routes_alike_is_taken_for_its_figures_but_not_on_an_empty_log() -> None:
    alike = replace(GOOD, moved_share=0.0, worth_low=0.0, effective_n=0.0)
    (told,) = judge_evidence(alike, LIMITS, has_live=True)
    assert told.held
    assert "all 20,000 logged decisions as the live version does" in told.detail
    assert not all_hold(judge_evidence(replace(alike, n=0, worth_low=None), LIMITS, has_live=True))
