"""A canary is judged at every item, and yet rarely wronged."""

from __future__ import annotations

import numpy as np
import pytest

from policies.offpolicy.sequential import BURN_IN, effect_scores, watch

SHARE = 0.2


def stream(seed: int, *, n: int, drop: float, share: float = SHARE) -> tuple[np.ndarray, np.ndarray]:
    """Scored items in their order; half of the scores are right or wrong, half in between."""
    rng = np.random.default_rng(seed)
    is_canary = rng.random(n) < share
    likely = np.where(is_canary, 0.7 - drop, 0.7)
    graded = rng.beta(7 * likely, 7 * (1 - likely))
    return is_canary, np.where(rng.random(n) < 0.5, rng.random(n) < likely, graded)


def share_found_worse(*, drop: float, n: int, seeds: int, share: float = SHARE) -> float:
    found = [watch(*stream(seed, n=n, drop=drop, share=share), share).worse_at for seed in range(seeds)]
    return float(np.mean([one is not None for one in found]))


@pytest.mark.parametrize("share", [0.05, 0.5])
def test_a_canary_that_is_as_good_is_rarely_found_worse_however_often_one_looks(share) -> None:
    """Over 6,000 looks each; at 5 % more than 19 of 200 streams have a chance of 1 in 200."""
    assert share_found_worse(drop=0.0, n=6_000, seeds=200, share=share) <= 19 / 200


def test_a_better_canary_is_never_found_worse() -> None:
    assert share_found_worse(drop=-0.05, n=10_000, seeds=100) == 0.0


def test_a_drop_of_five_points_is_caught_within_2000_canary_calls() -> None:
    assert share_found_worse(drop=0.05, n=int(2_000 / SHARE), seeds=100) >= 0.8


def test_its_interval_holds_the_difference_and_is_that_of_a_plain_comparison_at_least() -> None:
    is_canary, quality = stream(1, n=4_000, drop=0.1)
    found = watch(is_canary, quality, SHARE)
    assert found.low < -0.1 < found.high
    plain = quality[is_canary].mean() - quality[~is_canary].mean()
    assert found.difference == pytest.approx(plain, abs=0.02)
    error = np.sqrt(quality[is_canary].var() / is_canary.sum() + quality[~is_canary].var() / (~is_canary).sum())
    assert found.high - found.low > 2 * 1.96 * error
    assert (found.n_canary, found.n_control) == (is_canary.sum(), (~is_canary).sum())


def test_the_first_items_decide_nothing() -> None:
    is_canary = np.arange(2 * BURN_IN) % 2 == 0
    quality = np.where(is_canary, 0.0, 1.0)
    assert watch(is_canary[:-2], quality[:-2], 0.5).worse_at is None
    assert watch(is_canary[:-2], quality[:-2], 0.5).difference is None
    assert watch(np.tile(is_canary, 9), np.tile(quality, 9), 0.5).worse_at is not None


def test_a_score_is_made_of_earlier_items_alone() -> None:
    is_canary, quality = stream(2, n=50, drop=0.0)
    later = quality.copy()
    later[30:] = 1 - later[30:]
    np.testing.assert_array_equal(
        effect_scores(is_canary, quality, SHARE)[:30], effect_scores(is_canary, later, SHARE)[:30]
    )


@pytest.mark.parametrize(("share", "quality"), [(0.0, 0.5), (1.0, 0.5), (0.5, np.nan), (0.5, 1.1)])
def test_what_is_no_canary_is_refused(share, quality) -> None:
    with pytest.raises(ValueError, match=r"between 0 and 1|lie in"):
        watch(np.array([True]), np.array([quality]), share)
