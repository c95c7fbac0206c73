"""Requests and tokens per minute, by a clock of the test's own."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.rates import Window


def take_all(window: Window, amounts: list[float], *, pause_s: float = 0.0) -> list[tuple[float, float]]:
    """When each amount could be taken, one after the other, with pauses in between."""
    now_s, taken = 1_000.0, []
    for amount in amounts:
        while wait_s := window.take(amount, now_s=now_s):
            now_s += wait_s
        taken.append((now_s, amount))
        now_s += pause_s
    return taken


def most_in_a_minute(taken: list[tuple[float, float]]) -> float:
    return max(sum(amount for at_s, amount in taken if start_s <= at_s < start_s + 60) for start_s, _ in taken)


@given(limit=st.integers(1, 40), pause_s=st.floats(0.0, 7.0))
@settings(deadline=None, max_examples=40)
def test_no_minute_has_more_requests_than_its_limit(limit: int, pause_s: float) -> None:
    assert most_in_a_minute(take_all(Window(limit), [1.0] * (3 * limit), pause_s=pause_s)) <= limit


@given(limit=st.integers(1_000, 3_000_000), shares=st.lists(st.floats(0.0001, 0.9), min_size=1, max_size=40))
@settings(deadline=None, max_examples=40)
def test_no_minute_has_more_tokens_than_its_limit(limit: int, shares: list[float]) -> None:
    taken = take_all(Window(limit), [max(1.0, share * limit) for share in shares])
    assert most_in_a_minute(taken) <= limit * 1.001


def test_what_fits_is_not_held_back() -> None:
    taken = take_all(Window(1_000_000), [100.0] * 5_000)
    assert {at_s for at_s, _ in taken} == {1_000.0}


def test_a_request_that_is_larger_than_the_limit_has_a_minute_of_its_own() -> None:
    taken = take_all(Window(1_000), [10.0, 5_000.0, 10.0])
    assert [round(at_s - 1_000) for at_s, _ in taken] == [0, 60, 120]


@pytest.mark.parametrize(("used", "n_more"), [(1_000.0, 0), (100.0, 9), (0.0, 10)])
def test_what_was_not_used_is_given_back(used: float, n_more: int) -> None:
    window = Window(1_000)
    assert window.take(1_000, now_s=1.0) == 0
    window.settle(1_000, used=used, age_s=2.0)
    assert sum(window.take(100, now_s=3.0) == 0 for _ in range(20)) == n_more


def test_what_was_used_beyond_the_estimate_is_charged_to_the_next() -> None:
    window = Window(1_000)
    window.take(100, now_s=1.0)
    window.settle(100, used=900, age_s=1.0)
    assert window.take(150, now_s=2.0) > 0
    assert window.take(50, now_s=2.0) == 0


def test_what_was_taken_long_ago_is_not_given_back() -> None:
    window = Window(1_000)
    window.take(1_000, now_s=1.0)
    window.settle(1_000, used=0, age_s=61.0)
    assert window.take(1_000, now_s=62.0) == 0
    assert window.take(1, now_s=63.0) > 0
