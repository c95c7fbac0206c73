"""RouteLLM's figures between two models: what a coin, a seer and a fool come to."""

from __future__ import annotations

import numpy as np
import pytest

from policies.evaluation.strong_share import ShareCurve, apgr, cpt, share_curve

WEAK = np.array([0.0] * 5 + [1.0] * 5)
STRONG = np.ones(10)


def test_a_seer_recovers_the_gap_with_the_calls_that_need_it() -> None:
    """Half of the prompts need the stronger model: up to there PGR rises to 1, then it is level."""
    curve = share_curve(STRONG - WEAK, weak=WEAK, strong=STRONG)
    assert apgr(curve) == pytest.approx(0.5 / 2 + 0.5)
    assert cpt(curve, 0.5) == pytest.approx(0.5 / 2)
    assert cpt(curve, 0.8) == pytest.approx(0.5 * 0.8)
    assert cpt(curve, 1.0) == pytest.approx(0.5)


def test_a_fool_sends_the_calls_that_do_not_need_it_first() -> None:
    curve = share_curve(WEAK - STRONG, weak=WEAK, strong=STRONG)
    assert apgr(curve) == pytest.approx(0.5 / 2)
    assert cpt(curve, 0.5) == pytest.approx(0.5 + 0.5 / 2)


def test_scores_that_are_all_equal_are_a_coin() -> None:
    curve = share_curve(np.full(10, 0.3), weak=WEAK, strong=STRONG)
    assert apgr(curve) == pytest.approx(0.5)
    assert cpt(curve, 0.8) == pytest.approx(0.8)


def test_random_scores_come_to_half() -> None:
    rng = np.random.default_rng(0)
    n = 20_000
    weak, strong = (rng.random(n) < 0.6).astype(float), (rng.random(n) < 0.8).astype(float)
    assert apgr(share_curve(rng.random(n), weak=weak, strong=strong)) == pytest.approx(0.5, abs=0.03)


def test_a_score_and_its_opposite_come_to_one() -> None:
    rng = np.random.default_rng(1)
    n = 2_000
    score, weak = rng.permutation(n).astype(float), rng.random(n) / 2
    strong = weak + rng.random(n) / 2
    one = apgr(share_curve(score, weak=weak, strong=strong))
    other = apgr(share_curve(-score, weak=weak, strong=strong))
    assert one is not None
    assert other is not None
    assert one + other == pytest.approx(1.0, abs=0.01)  # what lies between the ten parts is a line


def test_without_a_gap_there_is_nothing_to_recover() -> None:
    curve = share_curve(np.arange(10.0), weak=STRONG, strong=STRONG)
    assert apgr(curve) is None
    assert cpt(curve, 0.5) is None


def test_the_first_crossing_counts_on_a_curve_that_falls_back() -> None:
    curve = ShareCurve(np.array([0.0, 0.2, 0.6, 1.0]), np.array([0.0, 0.8, 0.4, 1.0]))
    assert cpt(curve, 0.5) == pytest.approx(0.2 * 0.5 / 0.8)
    assert cpt(curve, 0.0) == 0.0
