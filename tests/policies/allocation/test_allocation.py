"""Allocations against the optimum: every choice there is where there are few, the MILP's where there are many."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.allocation.allocation import Allocation, Infeasible, maximise_quality, minimise_cost, reference
from policies.allocation.arrays import Floats, Integers
from policies.allocation.capacities import capacity_of, count_servable
from policies.allocation.menu import Menu, menu_of
from tests.benchmarks import allocation as benchmark

BAR = 0.001  # behind the optimum, relative to it
SMALL = st.integers(0, 10**6)


def small_menu(seed: int) -> Menu:
    """Up to six requests and four models: round or wide figures, ties, free models, some out."""
    draw = np.random.default_rng(seed)
    shape = (int(draw.integers(1, 7)), int(draw.integers(1, 5)))
    quality = np.round(draw.random(shape), int(draw.integers(1, 9)))
    cost = 10 ** draw.uniform(-5, 0, shape) if seed % 2 else draw.integers(0, 4, shape).astype(np.float64)
    return menu_of(quality, cost, eligible=draw.random(shape) < 0.85)


def choices_of(menu: Menu) -> list[tuple[float, float, Integers]]:
    """Value, cost and models of every choice there is."""
    rows = np.flatnonzero(menu.is_served)
    options = [np.flatnonzero(np.isfinite(menu.value[row])) for row in rows]
    found = []
    for picked in itertools.product(*options):
        taken = np.array(picked, dtype=np.int64)
        value, cost = math.fsum(menu.value[rows, taken]), math.fsum(menu.cost_usd[rows, taken])
        found.append((value, cost, np.bincount(taken, minlength=menu.n_models)))
    return found


@settings(deadline=None, max_examples=150)
@given(seed=SMALL, share=st.one_of(st.just(0.0), st.floats(0, 1)))
def test_few_requests_under_a_budget_get_the_best_choice_there_is(seed: int, share: float) -> None:
    menu = small_menu(seed)
    choices = choices_of(menu)
    cheapest, dearest = min(c for _, c, _ in choices), max(c for _, c, _ in choices)
    budget = cheapest + share * (dearest - cheapest)
    found = maximise_quality(menu, budget_usd=budget)
    assert isinstance(found, Allocation)
    best = max(value for value, cost, _ in choices if cost <= budget * (1 + 1e-12))
    assert found.value == pytest.approx(best)
    assert found.cost_usd <= budget * (1 + 1e-12)
    assert found.bound >= best - 1e-9


@settings(deadline=None, max_examples=100)
@given(seed=SMALL, share=st.floats(0, 1))
def test_few_requests_reach_a_floor_at_the_least_cost_there_is(seed: int, share: float) -> None:
    menu = small_menu(seed)
    found = minimise_cost(menu, share=share)
    assert isinstance(found, Allocation)
    floor = share * reference(menu)
    least = min(cost for value, cost, _ in choices_of(menu) if value >= floor - 1e-12)
    assert found.cost_usd == pytest.approx(least, abs=1e-9)
    assert found.value >= floor - 1e-9
    assert found.bound <= least + 1e-9


@settings(deadline=None, max_examples=60)
@given(seed=SMALL, share=st.floats(0, 1), rooms=st.lists(st.integers(0, 4), min_size=4, max_size=4))
def test_few_requests_with_capacities_keep_every_limit_or_are_told_which_can_t_be_kept(
    seed: int, share: float, rooms: list[int]
) -> None:
    menu = small_menu(seed)
    capacity = np.array(rooms[: menu.n_models])
    choices = [choice for choice in choices_of(menu) if (choice[2] <= capacity).all()]
    dearest = max(cost for _, cost, _ in choices_of(menu))
    found = maximise_quality(menu, budget_usd=share * dearest, capacity=capacity)
    within = [value for value, cost, _ in choices if cost <= share * dearest * (1 + 1e-12)]
    if isinstance(found, Infeasible):
        assert not within
        if found.limit == "budget":
            assert found.nearest == pytest.approx(min(cost for _, cost, _ in choices))
        return
    taken = found.choice[found.choice >= 0]
    assert (np.bincount(taken, minlength=menu.n_models) <= capacity).all()
    assert found.cost_usd <= share * dearest * (1 + 1e-9)
    assert found.value <= max(within) + 1e-9 <= found.bound + 2e-9


@pytest.mark.parametrize("seed", [0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 12, 14, 17, 20, 22, 23, 26, 31])
def test_many_requests_of_every_kind_are_hardly_behind_the_milp_optimum(seed: int) -> None:
    instance = benchmark.instance_of(seed, 300, 4)
    optimum = benchmark.referee(instance)
    assert optimum.is_proved
    assert benchmark.behind(instance, benchmark.solve(instance), optimum.reached) <= BAR


def drawn(n: int, m: int, *, seed: int = 0) -> tuple[Floats, Floats]:
    return benchmark.rising(np.random.default_rng(seed), n, m)


def test_a_budget_below_the_cheapest_choice_is_told_with_the_smallest_that_suffices() -> None:
    quality, cost = drawn(100, 4)
    menu = menu_of(quality, cost)
    cheapest = math.fsum(cost.min(axis=1))
    assert maximise_quality(menu, budget_usd=cheapest * 0.99) == Infeasible("budget", pytest.approx(cheapest))
    exactly = maximise_quality(menu, budget_usd=float(np.sum(cost.min(axis=1))))  # added up in another order
    assert isinstance(exactly, Allocation)
    assert exactly.cost_usd == pytest.approx(cheapest)


def test_a_floor_that_capacities_forbid_is_told_with_the_highest_that_can_be_reached() -> None:
    menu = menu_of(np.tile([0.2, 0.8], (10, 1)), np.tile([0.0, 1.0], (10, 1)))
    capacity = np.array([10, 5])
    assert minimise_cost(menu, share=0.9, capacity=capacity) == Infeasible("floor", pytest.approx(5 / 8))
    found = minimise_cost(menu, share=0.6, capacity=capacity)
    assert isinstance(found, Allocation)
    assert (found.value, found.cost_usd) == (pytest.approx(5.0), 5.0)


def test_capacities_that_not_all_requests_fit_are_told_with_how_many_do() -> None:
    eligible = np.array([[True, False]] * 6 + [[True, True]] * 2)
    menu = menu_of(np.full((8, 2), 0.5), np.ones((8, 2)), eligible=eligible)
    assert maximise_quality(menu, capacity=np.array([5, 9])) == Infeasible("capacity", 7)
    assert count_servable(eligible, np.array([6, 2])) == 8


def test_money_can_t_be_held_to_where_only_unknown_prices_serve() -> None:
    menu = menu_of(np.array([[0.5, 0.9], [0.5, 0.9]]), np.array([[1.0, np.nan], [np.nan, np.nan]]))
    assert maximise_quality(menu, budget_usd=10.0) == Infeasible("price", 1)
    assert minimise_cost(menu, share=0.5) == Infeasible("price", 1)
    free_choice = maximise_quality(menu)
    assert isinstance(free_choice, Allocation)
    assert free_choice.choice.tolist() == [1, 1]
    assert math.isnan(free_choice.cost_usd)


def test_an_empty_batch_and_requests_that_nothing_may_serve_cost_nothing() -> None:
    empty = maximise_quality(menu_of(np.zeros((0, 3)), np.zeros((0, 3))), budget_usd=0.0)
    barred = menu_of(np.zeros((2, 3)), np.zeros((2, 3)), eligible=np.zeros((2, 3), dtype=bool))
    none = minimise_cost(barred, share=0.9)
    assert isinstance(empty, Allocation)
    assert isinstance(none, Allocation)
    assert (empty.cost_usd, empty.gap, none.cost_usd, none.choice.tolist()) == (0.0, 0.0, 0.0, [-1, -1])


def test_the_same_menu_gets_the_same_allocation_and_stays_as_it_was() -> None:
    quality, cost = drawn(500, 5)
    menu = menu_of(quality, cost)
    before = menu.value.copy(), menu.cost_usd.copy()
    capacity = np.full(5, 200)
    one, other = (maximise_quality(menu, budget_usd=0.3, capacity=capacity) for _ in range(2))
    assert isinstance(one, Allocation)
    assert isinstance(other, Allocation)
    assert one.choice.tolist() == other.choice.tolist()
    assert np.array_equal(menu.value, before[0])
    assert np.array_equal(menu.cost_usd, before[1])


def test_a_second_of_latency_costs_its_price_in_quality() -> None:
    quality, cost = np.array([[0.5, 0.9]]), np.array([[0.0, 0.0]])
    patient = maximise_quality(menu_of(quality, cost, latency_s=np.array([1.0, 10.0]), latency_price=0.04))
    hasty = maximise_quality(menu_of(quality, cost, latency_s=np.array([1.0, 10.0]), latency_price=0.05))
    assert isinstance(patient, Allocation)
    assert isinstance(hasty, Allocation)
    assert (patient.choice.tolist(), hasty.choice.tolist()) == ([1], [0])


def test_the_price_of_money_is_what_one_more_dollar_would_buy() -> None:
    quality, cost = drawn(4_000, 5)
    menu = menu_of(quality, cost)
    dearest = maximise_quality(menu)
    assert isinstance(dearest, Allocation)
    less, more = (maximise_quality(menu, budget_usd=dearest.cost_usd * share) for share in (0.4, 0.41))
    assert isinstance(less, Allocation)
    assert isinstance(more, Allocation)
    bought = (more.value - less.value) / (more.cost_usd - less.cost_usd)
    assert less.lambda_ * 1.01 >= bought >= more.lambda_ * 0.99
    assert dearest.lambda_ == 0


def test_a_model_takes_as_many_calls_as_its_rate_lets_begin_before_the_deadline() -> None:
    assert [capacity_of(60, deadline_s=90), capacity_of(7, deadline_s=10)] == [90, 1]


@pytest.mark.parametrize(
    ("quality", "cost", "problem"),
    [
        ([[math.nan]], [[1.0]], "not a number"),
        ([[0.5]], [[-1.0]], "is negative"),
        ([[0.5, 0.5]], [[1.0]], "differ in shape"),
    ],
)
def test_predictions_that_are_none_are_refused(
    quality: list[list[float]], cost: list[list[float]], problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        menu_of(np.array(quality), np.array(cost))
