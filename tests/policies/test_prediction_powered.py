"""Prediction-powered means on worlds whose truth is known: intervals that cover it, and are no wider than people's."""

from __future__ import annotations

import numpy as np
import pytest

from policies.prediction_powered import Scores, add_scores, corrected_mean, human_mean, weight_of_judge

SEEDS = 400


def sums(human: np.ndarray, judge: np.ndarray, alone: np.ndarray) -> Scores:
    """The sums of drawn scores."""
    return Scores(
        len(human), human.sum(), (human**2).sum(), judge.sum(), (judge**2).sum(), (human * judge).sum(),
        len(alone), alone.sum(), (alone**2).sum(),
    )  # fmt: skip


def draw(seed: int, *, n: int, n_alone: int, bias: float, noise: float, levels: int = 4) -> Scores:
    """People give marks in steps; a judge sees the same quality with a bias and noise of its own."""
    rng = np.random.default_rng(seed)
    quality = rng.beta(3, 2, n + n_alone)
    human = (rng.random(n + n_alone) < quality).astype(float) if levels == 1 else np.round(quality * levels) / levels
    judge = np.clip(quality + bias + noise * rng.standard_normal(n + n_alone), 0, 1)
    return sums(human[:n], judge[:n], judge[n:])


def truth(levels: int) -> float:
    """People's mean over all answers there could be."""
    quality = np.random.default_rng(10**6).beta(3, 2, 4_000_000)
    return float(quality.mean() if levels == 1 else (np.round(quality * levels) / levels).mean())


@pytest.mark.parametrize(
    ("n", "n_alone", "bias", "noise", "levels"),
    [
        (30, 1000, 0.2, 0.1, 4),  # a judge that is mild and knows what it sees
        (100, 1000, -0.3, 0.2, 4),
        (50, 500, 0.0, 5.0, 4),  # one that says nothing
        (50, 50, 0.1, 0.1, 4),
        (200, 100, 0.1, 0.1, 1),  # people say yes or no
        (60, 2000, 0.2, 0.1, 1),
    ],
)
def test_intervals_cover_what_people_would_find(n: int, n_alone: int, bias: float, noise: float, levels: int) -> None:
    expected = truth(levels)
    found = [
        corrected_mean(draw(seed, n=n, n_alone=n_alone, bias=bias, noise=noise, levels=levels)) for seed in range(SEEDS)
    ]
    covered = np.mean([one.low <= expected <= one.high for one in found])
    mean = np.mean([one.mean for one in found])
    se = np.std([one.mean for one in found]) / np.sqrt(SEEDS)

    assert covered >= 0.93
    assert abs(mean - expected) < 4 * se + 1e-3  # no bias, whatever the judge's


def test_a_good_judge_makes_the_interval_narrower_and_a_bad_one_no_wider() -> None:
    good = [draw(seed, n=50, n_alone=2000, bias=0.2, noise=0.05) for seed in range(100)]
    bad = [draw(seed, n=50, n_alone=2000, bias=0.2, noise=5.0) for seed in range(100)]

    assert width(good, corrected_mean) < 0.6 * width(good, human_mean)
    assert width(bad, corrected_mean) < 1.03 * width(bad, human_mean)


def width(several: list[Scores], estimate) -> float:
    """The mean width of the intervals."""
    return float(np.mean([one.high - one.low for one in map(estimate, several)]))


def test_the_weight_is_that_of_the_paper() -> None:
    rng = np.random.default_rng(3)
    human, judge, alone = rng.random(40), rng.random(40), rng.random(300)
    judge = 0.7 * human + 0.3 * judge
    expected = np.cov(human, judge)[0, 1] / ((1 + 40 / 300) * np.var([*judge, *alone], ddof=1))

    assert weight_of_judge(sums(human, judge, alone)) == pytest.approx(expected)


@pytest.mark.parametrize(("n", "has_interval"), [(9, False), (10, True)])
def test_few_scores_have_no_interval(n: int, has_interval: bool) -> None:
    found = corrected_mean(draw(1, n=n, n_alone=100, bias=0, noise=0.1))

    assert (found.low is not None, found.high is not None) == (has_interval, has_interval)


def test_without_people_there_is_nothing_to_say() -> None:
    assert corrected_mean(sums(np.array([]), np.array([]), np.array([0.5, 0.6]))) is None


def test_a_judge_of_nothing_else_leaves_people_alone() -> None:
    scores = sums(np.linspace(0, 1, 20), np.linspace(0, 1, 20), np.array([]))

    assert corrected_mean(scores) == human_mean(scores)


def test_equal_scores_have_an_interval_of_no_width() -> None:
    found = corrected_mean(sums(np.ones(20), np.ones(20), np.ones(50)))

    assert (found.mean, found.low, found.high) == (1, 1, 1)


def test_sums_add_up() -> None:
    first, second = draw(1, n=20, n_alone=30, bias=0, noise=0.1), draw(2, n=10, n_alone=5, bias=0, noise=0.1)
    both = add_scores([first, second])

    assert (both.n, both.n_alone) == (30, 35)
    assert both.products == pytest.approx(first.products + second.products)
    assert add_scores([]) == Scores(0, 0, 0, 0, 0, 0, 0, 0, 0)
