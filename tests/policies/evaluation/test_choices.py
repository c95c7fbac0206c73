"""Choices are the argmax of q - λc, and λ is found for a budget."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.evaluation.choices import choose, means_of, multiplier_within, multipliers_of
from policies.evaluation.router import Predictions
from tests.policies.evaluation.worlds import make_table, random_table

TWO = Predictions(np.array([[0.2, 0.9], [0.5, 0.6]]), np.array([[1.0, 2.0], [1.0, 2.0]]))


@pytest.mark.parametrize(("multiplier", "chosen"), [(0.0, [1, 1]), (0.3, [1, 0]), (1.0, [0, 0]), (math.inf, [0, 0])])
def test_the_dearer_model_serves_where_its_gain_is_worth_its_price(multiplier: float, chosen: list[int]) -> None:
    assert choose(TWO, multiplier).tolist() == chosen


def test_of_equal_models_the_cheaper_one_serves_and_of_equal_prices_the_better_one() -> None:
    equal = Predictions(np.array([[0.5, 0.5]]), np.array([[2.0, 1.0]]))
    assert choose(equal, 0.0).tolist() == [1]
    cheap = Predictions(np.array([[0.5, 0.6]]), np.array([[1.0, 1.0]]))
    assert choose(cheap, math.inf).tolist() == [1]


def test_choices_are_measured_by_what_they_came_to() -> None:
    table = make_table([[0.0, 1.0], [1.0, 0.0]], [[1.0, 3.0], [1.0, 3.0]])
    means = means_of(table.outcomes, np.array([1, 0]))
    assert (means.quality, means.cost_usd) == (1.0, 2.0)


def test_models_that_never_trade_quality_for_cost_leave_two_multipliers() -> None:
    dominated = Predictions(np.array([[0.9, 0.1]]), np.array([[1.0, 2.0]]))
    assert multipliers_of(dominated).tolist() == [0.0, math.inf]


@settings(max_examples=12)
@given(seed=st.integers(0, 10_000), share=st.floats(0.01, 1.2))
def test_the_multiplier_of_a_budget_is_the_smallest_that_keeps_it(seed: int, share: float) -> None:
    table = random_table(seed, n=20)
    predictions = Predictions(np.random.default_rng(seed).random((20, 3)), table.outcomes.cost_usd)
    budget_usd = share * float(table.outcomes.cost_usd.max(axis=1).mean())

    def cost_at(multiplier: float) -> float:
        return float(predictions.cost_usd[np.arange(20), choose(predictions, multiplier)].mean())

    multiplier = multiplier_within(predictions, budget_usd)
    if math.isinf(multiplier):
        assert cost_at(multiplier) > budget_usd * (1 - 1e-9)
        return
    assert cost_at(multiplier) <= budget_usd
    if multiplier > 0:
        assert cost_at(multiplier * (1 - 1e-6)) > budget_usd
