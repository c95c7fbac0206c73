"""The mean difference on the same items, and how far it may be chance."""

from __future__ import annotations

import numpy as np
import pytest

from policies.evaluation.paired import Difference, paired_difference


def test_what_makes_an_item_hard_for_both_counts_for_neither() -> None:
    rng = np.random.default_rng(3)
    hardness = rng.normal(0, 10, 200)
    found = paired_difference(hardness + 0.5 + rng.normal(0, 0.1, 200), hardness, seed=0)
    assert found.mean == pytest.approx(0.5, abs=0.03)
    assert found.low is not None
    assert found.high is not None
    assert 0.45 < found.low < found.high < 0.55
    assert found.is_significant


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(200):
        ours, theirs = rng.binomial(1, 0.7, 60).astype(float), rng.binomial(1, 0.5, 60).astype(float)
        found = paired_difference(ours, theirs, seed=0)
        covered += found.low is not None and found.high is not None and found.low <= 0.2 <= found.high
    assert 0.9 <= covered / 200 <= 0.99


@pytest.mark.parametrize(
    ("ours", "theirs", "known"),
    [
        ([], [], Difference(0, None, None, None)),
        ([1.0], [0.25], Difference(1, 0.75, None, None)),
        ([1.0, np.nan, 0.5], [0.5, 0.0, np.nan], Difference(1, 0.5, None, None)),
        ([1.0] * 6 + [0.25], [0.5] * 6 + [0.75], Difference(7, 2.5 / 7, None, None)),  # too few to say how they vary
        ([1.0] * 10, [1.0] * 10, Difference(10, 0.0, 0.0, 0.0)),
        ([np.nan], [1.0], Difference(0, None, None, None)),
    ],
)
def test_items_of_which_one_is_unknown_are_left_out(ours: list[float], theirs: list[float], known: Difference) -> None:
    assert paired_difference(np.array(ours), np.array(theirs), seed=0) == known
