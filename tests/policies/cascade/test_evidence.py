"""Pass rates are learned from the log, drawn together where it is thin, and exact where the check is the quality."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from policies.cascade.evidence import LEVELS, CheckLevels, level_of, rates_at
from policies.cascade.expected import pair_up


def levels_of(
    scores: Sequence[float], qualities: Sequence[float], *, model: str = "small", is_quality: bool = False
) -> CheckLevels:
    n, total = [0] * (LEVELS + 1), [0.0] * (LEVELS + 1)
    for score, quality in zip(scores, qualities, strict=True):
        n[level_of(score)] += 1
        total[level_of(score)] += quality
    return CheckLevels("generate", model, "likely", tuple(n), tuple(total), is_quality)


def test_rates_of_much_evidence_are_those_of_the_evidence() -> None:
    scores = [0.9] * 800 + [0.1] * 200 + [0.9] * 300 + [0.1] * 700
    logged = levels_of(scores, [1.0] * 1000 + [0.0] * 1000)
    found = rates_at([logged], ["small"], threshold=0.5, is_quality=False)
    assert (found.pass_right[0], found.pass_wrong[0]) == pytest.approx((0.8, 0.3), abs=0.02)
    assert found.right_se[0] == pytest.approx(np.sqrt(0.8 * 0.2 / 1000), rel=0.1)


def test_a_model_without_evidence_has_that_of_the_others_and_little_draws_little() -> None:
    many = levels_of([0.9] * 900 + [0.1] * 100, [1.0] * 900 + [0.0] * 100)
    few = levels_of([0.1], [1.0], model="odd")
    found = rates_at([many, few], ["small", "odd", "new"], threshold=0.5, is_quality=False)
    assert found.pass_right[2] == pytest.approx(0.99, abs=0.02)
    assert found.pass_right[2] > found.pass_right[1] > 0.9
    assert found.right_se[2] > found.right_se[0]


def test_a_check_that_nothing_is_known_of_knows_nothing() -> None:
    found = rates_at([], ["small"], threshold=0.5, is_quality=False)
    assert (found.pass_right[0], found.pass_wrong[0]) == (0.5, 0.5)


def test_where_the_check_is_the_quality_passing_is_being_right() -> None:
    found = rates_at([], ["small"], threshold=0.5, is_quality=True)
    assert (found.pass_right[0], found.pass_wrong[0], found.right_se[0]) == (1.0, 0.0, 0.0)
    scores = [1.0] * 30 + [0.0] * 70
    own = levels_of(scores, scores, is_quality=True)
    assert rates_at([own], ["small"], threshold=0.5, is_quality=True).pass_right[0] == 1.0
    assert rates_at([own], ["small"], threshold=0.5, is_quality=False).pass_right[0] == 0.5  # no evidence but its own


@pytest.mark.parametrize("lambda_", [0.0, 0.02, 0.05])
def test_the_threshold_of_the_highest_utility_is_the_one_that_truth_has(lambda_: float) -> None:
    """Answers are right with the probability of their score, so one is given up below b - λ·c_B (Chow 1970)."""
    rng = np.random.default_rng(5)
    scores = rng.random(200_000)
    right = (rng.random(len(scores)) < scores).astype(float)
    logged = levels_of(scores.tolist(), right.tolist())

    def utility(threshold: float) -> float:
        check = rates_at([logged], ["small", "large"], threshold=threshold, is_quality=False)
        quality = np.array([right.mean(), 0.8])
        found = pair_up(quality, np.array([1.0, 10.0]), check, quality_se=np.zeros(2), correlation=0.0)
        return float(found.quality[0, 1] - lambda_ * found.cost_usd[0, 1])

    best = max(np.arange(LEVELS + 1) / LEVELS, key=utility)
    assert best == pytest.approx(0.8 - lambda_ * 10, abs=1.01 / LEVELS)
