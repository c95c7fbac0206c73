"""Predictions that say what happens have no error; those that say too much have what they say too much."""

from __future__ import annotations

import numpy as np
import pytest

from policies.evaluation.calibration import brier_score, expected_calibration_error

HALF = np.array([[0.0, 1.0], [1.0, 0.0]])


def test_the_truth_has_no_error() -> None:
    assert expected_calibration_error(HALF, HALF) == 0
    assert brier_score(HALF, HALF) == 0


def test_the_base_rate_is_calibrated_but_says_little() -> None:
    assert expected_calibration_error(np.full((2, 2), 0.5), HALF) == pytest.approx(0)
    assert brier_score(np.full((2, 2), 0.5), HALF) == pytest.approx(0.25)


def test_too_much_is_told_by_how_much() -> None:
    assert expected_calibration_error(np.full((2, 2), 0.7), HALF) == pytest.approx(0.2)
    assert brier_score(np.full((2, 2), 0.7), HALF) == pytest.approx((0.7**2 + 0.3**2) / 2)


def test_errors_of_different_bins_do_not_cancel() -> None:
    predicted, actual = np.array([0.15, 0.85]), np.array([0.35, 0.65])
    assert expected_calibration_error(predicted, actual) == pytest.approx(0.2)
    assert expected_calibration_error(predicted, actual, n_bins=1) == pytest.approx(0)


def test_predictions_beyond_the_ends_count_as_the_ends() -> None:
    assert expected_calibration_error(np.array([1.3, -0.2]), np.array([1.0, 0.0])) == 0
    assert brier_score(np.array([1.3, -0.2]), np.array([1.0, 0.0])) == 0
