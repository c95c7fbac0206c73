from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from policies.draws import draw_uniform


@given(st.integers(), st.text(), st.text(max_size=5).filter(lambda s: "\x1f" not in s))
def test_a_draw_is_in_the_unit_interval_and_repeats(seed: int, call_id: str, purpose: str) -> None:
    draw = draw_uniform(seed, call_id, purpose=purpose)
    assert 0 <= draw < 1
    assert draw == draw_uniform(seed, call_id, purpose=purpose)


def test_the_draws_of_a_release_stay_those_of_the_next() -> None:
    assert draw_uniform(7, "call-1", purpose="explore") == 0.6198588416288309


def test_seed_call_and_purpose_each_change_the_draw() -> None:
    draws = {
        draw_uniform(0, "a", purpose="x"),
        draw_uniform(1, "a", purpose="x"),
        draw_uniform(0, "b", purpose="x"),
        draw_uniform(0, "a", purpose="y"),
    }
    assert len(draws) == 4


def test_draws_are_uniform() -> None:
    n, bins = 10_000, [0] * 10
    for i in range(n):
        bins[int(draw_uniform(0, f"call-{i}", purpose="x") * 10)] += 1
    chi2 = sum((count - n / 10) ** 2 / (n / 10) for count in bins)
    assert chi2 < 27.9  # 99.9 % quantile of chi-squared with 9 degrees of freedom
