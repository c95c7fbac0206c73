from __future__ import annotations

import numpy as np
import pytest

from policies.predictor.means import PRIOR_SE, FittedMeans, fit_means

TRUTH = np.clip(np.random.default_rng(5).normal([0.5, 0.7, 0.3], 0.1, size=(40, 3)), 0.02, 0.98)


def drawn(n_each: int, seed: int = 0) -> FittedMeans:
    """Of 40 task types whose cells spread by 0.1 around their models' means."""
    rng = np.random.default_rng(seed)
    tasks = np.repeat(np.arange(40), n_each)
    quality = (rng.random((len(tasks), 3)) < TRUTH[tasks]).astype(float)
    return fit_means(quality, np.ones(len(tasks)), task_types=[f"{t:02}" for t in tasks], priors=np.full(3, 0.5))


def test_many_calls_recover_the_truth() -> None:
    np.testing.assert_allclose(drawn(3_000).cells, TRUTH, atol=0.04)


def test_shrunken_means_are_nearer_to_the_truth_than_plain_ones() -> None:
    rng = np.random.default_rng(0)
    tasks = np.repeat(np.arange(40), 10)
    quality = (rng.random((len(tasks), 3)) < TRUTH[tasks]).astype(float)
    plain = np.array([quality[tasks == t].mean(axis=0) for t in range(40)])
    assert ((drawn(10).cells - TRUTH) ** 2).mean() < ((plain - TRUTH) ** 2).mean() / 2


@pytest.mark.parametrize("n_each", [5, 20, 200])
def test_two_standard_errors_hold_the_truth_19_times_in_20(n_each: int) -> None:
    fits = [drawn(n_each, seed) for seed in range(5)]
    inside = np.mean([np.abs(fit.cells - TRUTH) <= 1.96 * fit.errors for fit in fits])
    assert 0.9 <= inside <= 0.995


def test_a_model_that_was_asked_the_hard_tasks_is_not_blamed() -> None:
    # Both are equally good; the first one was asked the hard task type alone, the second one mostly the easy one.
    nan = np.nan
    hard, easy = [[0.2, nan]] * 200 + [[nan, 0.2]] * 50, [[nan, 0.8]] * 400
    fit = fit_means(
        np.array(hard + easy), np.ones(650), task_types=["hard"] * 250 + ["easy"] * 400, priors=np.full(2, 0.5)
    )
    assert abs(fit.overall[0] - fit.overall[1]) < 0.08


def test_old_rows_count_less() -> None:
    quality = np.array([[0.0]] * 100 + [[1.0]] * 100)
    weights = np.array([0.1] * 100 + [1.9] * 100)
    fit = fit_means(quality, weights, task_types=["a"] * 200, priors=np.full(1, 0.5))
    assert fit.cells[0, 0] > 0.85
    assert fit.counts[0, 0] < 150


def test_without_data_the_prior_and_its_doubt_stay() -> None:
    fit = fit_means(np.empty((0, 2)), np.empty(0), task_types=[], priors=np.array([0.8, 0.4]))
    cells, errors, counts = fit.at(fit.rows_of(["a"]))
    np.testing.assert_allclose(cells, [[0.8, 0.4]])
    assert (errors >= PRIOR_SE).all()
    assert not counts.any()
