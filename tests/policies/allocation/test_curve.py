"""What a batch costs and is worth at every λ, and the λ's at which it keeps a budget or reaches a value."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.allocation.arrays import Floats
from policies.allocation.curve import HIGHEST, curve_of
from policies.allocation.menu import Menu, menu_of

Pairs = list[list[tuple[float, float]]]
amount = st.one_of(st.floats(1e-6, 1), st.just(0.0), st.just(0.5))
some_pairs = st.integers(1, 4).flatmap(
    lambda n: st.lists(st.lists(st.tuples(amount, amount), min_size=n, max_size=n), min_size=1, max_size=6)
)


def menu(pairs: Pairs) -> Menu:
    both = np.array(pairs, dtype=np.float64).reshape(len(pairs), -1, 2)
    return menu_of(both[:, :, 0], both[:, :, 1])


def chosen(pairs: Pairs, lambdas: Floats) -> list[tuple[float, float]]:
    """What each request takes by itself: the argmax of value - λ × cost, of equal ones the cheaper."""
    return [
        max(some, key=lambda pair: (pair[0] - each * pair[1], -pair[1]))
        for some, each in zip(pairs, lambdas, strict=True)
    ]


def cost_of(pairs: Pairs, lambda_: float) -> float:
    return math.fsum(cost for _, cost in chosen(pairs, np.full(len(pairs), lambda_)))


def test_money_that_suffices_has_no_price() -> None:
    assert curve_of(menu([[(0.9, 1.0), (0.1, 0.0)]])).lambda_within(1.0) == 0.0


def test_nothing_to_decide_has_no_price_and_costs_nothing() -> None:
    curve = curve_of(Menu(np.zeros((0, 0)), np.zeros((0, 0))))
    assert curve.lambda_within(0.0) == 0.0
    assert (curve.cost_usd.tolist(), curve.value.tolist()) == ([0.0], [0.0])


def test_the_price_is_where_the_dearer_option_stops_paying() -> None:
    pairs = [[(0.9, 2.0), (0.5, 1.0)]]  # 0.4 quality for 1 USD
    assert curve_of(menu(pairs)).lambda_within(1.5) == pytest.approx(0.4, rel=1e-6)


def test_a_budget_that_nothing_keeps_has_the_highest_price() -> None:
    pairs = [[(0.9, 2.0), (0.5, 1.0)]]
    assert curve_of(menu(pairs)).lambda_within(0.5) == HIGHEST
    assert cost_of(pairs, HIGHEST) == 1.0


def test_an_unknown_cost_is_never_affordable() -> None:
    unknown = menu_of(np.array([[0.9, 0.5]]), np.array([[np.nan, 1.0]]))
    curve = curve_of(unknown)
    assert curve.cost_usd.tolist() == [1.0]


def test_of_what_is_equally_good_the_dearer_is_no_longer_taken_where_money_is_short() -> None:
    assert curve_of(menu([[(0.5, 2.0), (0.5, 1.0)]])).lambda_within(1.5) > 0


@settings(deadline=None)
@given(pairs=some_pairs, share=st.floats(0, 1.2))
def test_the_choices_keep_the_budget_wherever_any_can(pairs: Pairs, share: float) -> None:
    cheapest = math.fsum(min(cost for _, cost in options) for options in pairs)
    dearest = math.fsum(max(cost for _, cost in options) for options in pairs)
    budget = cheapest + share * (dearest - cheapest)
    lambda_ = curve_of(menu(pairs)).lambda_within(budget)
    if lambda_ < 1e9:  # beyond it, rounding of the utility hides what it is made of
        assert cost_of(pairs, lambda_) <= budget * (1 + 1e-9) + 1e-12


@settings(deadline=None, max_examples=50)
@given(pairs=some_pairs, share=st.floats(0, 1))
def test_the_choice_is_the_best_one_for_the_money_that_it_spends(pairs: Pairs, share: float) -> None:
    # Everett's theorem: the optimum at λ is optimal among all choices that cost no more.
    curve = curve_of(menu(pairs))
    lambda_ = curve.lambda_within(share * float(curve.cost_usd[-1]))
    if lambda_ > 1e9:
        return
    taken = chosen(pairs, np.full(len(pairs), lambda_))
    spent, quality = (math.fsum(pair[i] for pair in taken) for i in (1, 0))
    rivals = [rival for rival in itertools.product(*pairs) if math.fsum(p[1] for p in rival) <= spent]
    assert max(math.fsum(p[0] for p in rival) for rival in rivals) <= quality + 1e-6 * max(1.0, lambda_ * 1e-9)


def test_the_curve_is_of_the_choices_that_each_request_makes_at_its_own_price() -> None:
    draw = np.random.default_rng(3)
    quality, cost = draw.random((40, 4)), draw.random((40, 4))
    dither = 1 + 0.05 * (2 * draw.random(40) - 1)
    curve = curve_of(menu_of(quality, cost), dither)
    pairs = [list(zip(q, c, strict=True)) for q, c in zip(quality.tolist(), cost.tolist(), strict=True)]
    for budget in (cost.min(axis=1).sum() * 1.1, cost.min(axis=1).sum() * 2):
        lambda_ = curve.lambda_within(budget)
        taken = chosen(pairs, lambda_ * dither)
        n_made = curve.n_made(lambda_)
        assert math.fsum(c for _, c in taken) == pytest.approx(curve.cost_usd[n_made])
        assert math.fsum(q for q, _ in taken) == pytest.approx(curve.value[n_made])
        assert budget - 0.2 < curve.cost_usd[n_made] <= budget


def test_requests_that_are_all_alike_part_where_each_has_its_own_price() -> None:
    alike = menu_of(np.tile([0.5, 0.9], (200, 1)), np.tile([1.0, 2.0], (200, 1)))
    assert curve_of(alike).cost_usd[curve_of(alike).n_made(curve_of(alike).lambda_within(300.0))] == 200
    curve = curve_of(alike, np.linspace(0.95, 1.05, 200))
    assert curve.cost_usd[curve.n_made(curve.lambda_within(300.0))] == 300


def test_the_highest_price_that_makes_some_upgrades_makes_them_and_no_more() -> None:
    draw = np.random.default_rng(4)
    some = menu_of(draw.random((50, 3)), draw.random((50, 3)))
    curve = curve_of(some)
    for n_made in (1, 20, len(curve.threshold)):
        assert curve.n_made(curve.lambda_after(n_made)) == n_made
    assert curve.lambda_after(0) == HIGHEST
