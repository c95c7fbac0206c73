"""Reciprocal rank fusion against values worked out by hand."""

from __future__ import annotations

import pytest

from tasks.retrieval.fusion import fuse


def test_scores_are_the_weighted_sums_of_reciprocal_ranks() -> None:
    fused = dict(fuse({"a": [7, 3], "b": [3, 5]}, {"a": 1.0, "b": 0.5}, damping=10))
    assert fused[7] == pytest.approx(1 / 11)
    assert fused[3] == pytest.approx(1 / 12 + 0.5 / 11)
    assert fused[5] == pytest.approx(0.5 / 12)


def test_the_paper_s_damping_is_the_default() -> None:
    assert fuse({"a": [1]}, {"a": 1.0}) == [(1, pytest.approx(1 / 61))]


def test_agreement_beats_one_high_rank() -> None:
    assert next(d for d, _ in fuse({"a": [1, 2, 9], "b": [4, 2, 8]}, {"a": 1.0, "b": 1.0})) == 2


def test_equal_scores_go_by_number_whatever_the_order_of_the_rankings() -> None:
    weights = {"a": 1.0, "b": 1.0}
    expected = [2, 5]
    assert [d for d, _ in fuse({"a": [5], "b": [2]}, weights)] == expected
    assert [d for d, _ in fuse({"b": [2], "a": [5]}, weights)] == expected


def test_nothing_ranked_gives_nothing() -> None:
    assert fuse({"a": [], "b": []}, {"a": 1.0, "b": 1.0}) == []
