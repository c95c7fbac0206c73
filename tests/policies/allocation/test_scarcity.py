"""Prices of scarce calls: loads stay within what models can take, and little of the value is lost to the best plan."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import LinearConstraint, milp

from policies.allocation.curve import curve_of
from policies.allocation.menu import Menu
from policies.allocation.scarcity import find_scarcity, least_deadline_s, scarcer


def dither_for(n: int, seed: int) -> np.ndarray:
    return 1 + 0.05 * (2 * np.random.default_rng(seed).random(n) - 1)


def test_requests_that_are_all_alike_are_shared_out_as_the_limits_allow() -> None:
    n = 4_000
    menu = Menu(np.tile([0.6, 0.7, 0.9], (n, 1)), np.tile([0.001, 0.002, 0.02], (n, 1)))
    room = np.array([np.inf, 1_500.0, 1_000.0])
    dither = dither_for(n, 1)
    prices = find_scarcity(menu, dither, room, budget_usd=None)
    loads = np.bincount(scarcer(menu, dither, prices).value.argmax(axis=1), minlength=3)
    assert loads.tolist() == pytest.approx([1_500, 1_500, 1_000], rel=0.02)
    assert prices[0] == 0.0
    assert prices[2] > prices[1] > 0


def test_no_limit_that_binds_has_no_price() -> None:
    n = 500
    menu = Menu(np.tile([0.6, 0.9], (n, 1)), np.tile([0.001, 0.02], (n, 1)))
    assert find_scarcity(menu, dither_for(n, 2), np.array([np.inf, 500.0]), budget_usd=None).tolist() == [0.0, 0.0]
    # A budget that leaves the dear model fewer calls than its limit does is limit enough.
    prices = find_scarcity(menu, dither_for(n, 2), np.array([np.inf, 300.0]), budget_usd=0.5 + 200 * 0.019)
    assert prices.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("share_of_money", [None, 0.5])
def test_the_value_is_within_a_few_tenths_of_a_per_cent_of_the_best_plan(
    seed: int, share_of_money: float | None
) -> None:
    """The best plan is that of HiGHS; the requests' own factors cost a little."""
    rng = np.random.default_rng(seed)
    n, m = 600, 4
    value = np.clip(rng.normal([0.5, 0.6, 0.7, 0.8], 0.15, (n, m)), 0, 1)
    cost = rng.lognormal(np.log([0.001, 0.003, 0.006, 0.02]), 0.4, (n, m))
    value[rng.random((n, m)) < 0.1] = -np.inf
    value[:, 0] = np.where(np.isfinite(value[:, 0]), value[:, 0], 0.4)
    cost = np.where(np.isfinite(value), cost, np.inf)
    menu, room, dither = Menu(value, cost), np.array([np.inf, 120.0, 90.0, 60.0]), dither_for(n, seed)
    best_usd = float(np.take_along_axis(cost, value.argmax(axis=1)[:, None], 1).sum())
    budget = None if share_of_money is None else share_of_money * best_usd
    prices = find_scarcity(menu, dither, room, budget_usd=budget)
    charged = scarcer(menu, dither, prices)
    lambda_ = 0.0 if budget is None else curve_of(charged, dither).lambda_within(budget)
    worth = charged.value - (lambda_ * dither[:, None] * np.where(np.isfinite(cost), cost, 0))
    choice = worth.argmax(axis=1)
    assert (np.bincount(choice, minlength=m) <= 1.02 * room).all()
    if budget is not None:
        assert cost[np.arange(n), choice].sum() <= budget * (1 + 1e-9)
    reached = float(value[np.arange(n), choice].sum())
    assert reached >= 0.99 * best_value(value, cost, room, budget)


def best_value(value: np.ndarray, cost: np.ndarray, room: np.ndarray, budget: float | None) -> float:
    n, m = value.shape
    may = np.isfinite(value)
    rows = np.repeat(np.arange(n), m)
    one_each = np.zeros((n, n * m))
    one_each[rows, np.arange(n * m)] = 1
    loads = np.tile(np.eye(m), n)[np.isfinite(room)]
    constraints = [LinearConstraint(one_each, 1, 1), LinearConstraint(loads, 0, room[np.isfinite(room)])]
    if budget is not None:
        constraints.append(LinearConstraint(np.where(may, cost, 0).ravel()[None, :], 0, budget))
    bounds = (np.zeros(n * m), may.ravel().astype(float))
    found = milp(-np.where(may, value, 0).ravel(), constraints=constraints, bounds=bounds, integrality=np.zeros(n * m))
    return float(-found.fun)


def test_the_least_deadline_is_the_time_that_the_calls_take_whichever_model_serves_them() -> None:
    served = np.ones((900, 2), dtype=bool)
    assert least_deadline_s(served, np.array([100.0, 200.0])) == pytest.approx(180, rel=0.01)
    served[:600, 0] = False  # six hundred only by the second, at two hundred a minute; the others have time meanwhile
    assert least_deadline_s(served, np.array([100.0, 200.0])) == pytest.approx(180, rel=0.01)
    served[:800, 0] = False
    assert least_deadline_s(served, np.array([100.0, 200.0])) == pytest.approx(240, rel=0.01)
    assert least_deadline_s(served, np.array([np.inf, np.inf])) == 0.0
