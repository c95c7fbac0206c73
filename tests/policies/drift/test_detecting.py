"""Changes of a stream's mean are found soon, where they are, once; and nothing where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from policies.drift.detecting import bounded, find_shifts


def marks(seed: int, *parts: tuple[int, float]) -> np.ndarray:
    """Scores of 0 and 1: so many of each part, with its mean."""
    rng = np.random.default_rng(seed)
    return np.concatenate([(rng.random(n) < mean).astype(float) for n, mean in parts])


def seconds(seed: int, *parts: tuple[int, float]) -> np.ndarray:
    """Latencies with a long tail, by their medians."""
    rng = np.random.default_rng(seed)
    return np.concatenate([median * rng.lognormal(0, 0.6, n) for n, median in parts])


@pytest.mark.parametrize("seed", range(5))
def test_a_drop_of_quality_is_found_where_it_is_and_told_once(seed: int) -> None:
    (shift,) = find_shifts(marks(seed, (1500, 0.85), (1500, 0.6)), is_share=True)
    assert 1350 <= shift.since <= 1650
    assert 1500 < shift.place < 1900
    assert (shift.before, shift.after) == (pytest.approx(0.85, abs=0.05), pytest.approx(0.6, abs=0.12))
    assert shift.n_before == shift.since
    assert shift.n_after == shift.place - shift.since + 1


def test_there_and_back_are_two_changes() -> None:
    shifts = find_shifts(marks(1, (1500, 0.9), (1500, 0.5), (1500, 0.9)), is_share=True)
    assert [one.after > one.before for one in shifts] == [False, True]


@pytest.mark.parametrize("seed", range(5))
def test_a_doubling_is_found_in_any_unit(seed: int) -> None:
    values = seconds(seed, (1000, 0.8), (1000, 1.6))
    for unit in (1.0, 1e-6, 1e4):
        (shift,) = find_shifts(values * unit, is_share=False)
        assert 1000 < shift.place < 1300
        assert shift.after / shift.before > 1.5


def test_nothing_is_found_where_nothing_changed() -> None:
    for seed in range(40):
        assert find_shifts(marks(seed, (3000, 0.7)), is_share=True) == ()
        assert find_shifts(seconds(seed, (3000, 2.0)), is_share=False) == ()


@pytest.mark.parametrize("values", [[], [0.0], [1.0] * 500, [0.0] * 500])
def test_few_values_and_equal_ones_show_no_change(values: list[float]) -> None:
    assert find_shifts(np.array(values), is_share=True) == ()
    assert find_shifts(np.array(values), is_share=False) == ()


def test_what_was_free_and_costs_something_is_a_change() -> None:
    (shift,) = find_shifts(np.array([0.0] * 600 + [0.002] * 600), is_share=False)
    assert (shift.before, shift.since) == (pytest.approx(0.0, abs=1e-4), pytest.approx(600, abs=40))


def test_bounds_keep_the_order() -> None:
    values = np.sort(seconds(3, (300, 1.0)))
    assert (np.diff(bounded(values)) > 0).all()
    assert 0 <= bounded(values).min() < bounded(values).max() < 1
