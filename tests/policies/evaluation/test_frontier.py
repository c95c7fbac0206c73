"""The hull keeps what no mixture beats, and AIQ is the mean height of it over the models' range of costs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.evaluation.choices import choose
from policies.evaluation.frontier import Point, aiq, cost_at, hull, quality_at, single_points, sweep
from policies.evaluation.oracle import foresee
from policies.evaluation.router import Predictions
from tests.policies.evaluation.worlds import make_table, random_table

CHEAP, DEAR = Point(0.4, 1.0), Point(0.8, 3.0)


def test_the_hull_drops_what_is_worse_and_dearer_and_what_lies_under_a_line() -> None:
    worse, under = Point(0.3, 2.0), Point(0.5, 2.0)
    assert hull([DEAR, worse, under, CHEAP]) == (CHEAP, DEAR)
    above = Point(0.7, 2.0)
    assert hull([DEAR, above, CHEAP]) == (CHEAP, above, DEAR)


def test_of_equal_costs_the_better_one_counts_and_beyond_the_best_nothing_does() -> None:
    assert hull([Point(0.5, 1.0), CHEAP, DEAR, Point(0.8, 4.0)]) == (Point(0.5, 1.0), DEAR)


def test_between_two_points_lies_their_mixture() -> None:
    assert quality_at([CHEAP, DEAR], 2.0) == pytest.approx((CHEAP.quality + DEAR.quality) / 2)
    assert quality_at([CHEAP, DEAR], 9.0) == DEAR.quality
    assert cost_at([CHEAP, DEAR], 0.6) == pytest.approx((CHEAP.cost_usd + DEAR.cost_usd) / 2)
    assert cost_at([CHEAP, DEAR], 0.81) is None


def test_aiq_of_two_models_is_the_middle_of_their_line() -> None:
    assert aiq([CHEAP, DEAR], [CHEAP, DEAR]) == pytest.approx(0.6)


def test_aiq_of_a_router_is_the_area_under_its_hull() -> None:
    """From 0.4 to 0.8 over the first half of the costs, then level: (0.6 + 0.8) / 2."""
    assert aiq([Point(0.8, 2.0)], [CHEAP, DEAR]) == pytest.approx(0.7)


def test_a_router_that_spends_more_than_any_model_is_measured_over_the_models_range() -> None:
    """On the line from (1, 0.4) to (5, 0.8), between 1 and 3."""
    assert aiq([Point(0.8, 5.0)], [CHEAP, DEAR]) == pytest.approx(0.5)


def test_models_of_one_price_have_no_range() -> None:
    assert aiq([CHEAP], [CHEAP, Point(0.9, 1.0)]) is None


@settings(max_examples=12)
@given(seed=st.integers(0, 10_000), n=st.integers(2, 8), m=st.integers(2, 4))
def test_no_router_beats_the_oracle_nor_falls_below_the_cheapest(seed: int, n: int, m: int) -> None:
    table = random_table(seed, n=n, m=m)
    singles = single_points(table.outcomes)
    guesses = np.random.default_rng(seed).random((n, m))
    found = aiq(sweep(Predictions(guesses, table.outcomes.cost_usd), table.outcomes), singles)
    best = aiq(sweep(foresee(table.outcomes), table.outcomes), singles)
    assert found is not None
    assert best is not None
    cheapest = min(singles, key=lambda point: point.cost_usd)
    assert cheapest.quality - 1e-9 <= found <= best + 1e-9
    assert aiq(singles, singles) <= best + 1e-9  # type: ignore[operator]  # the costs differ


def test_a_sweep_goes_from_the_best_to_the_cheapest() -> None:
    table = make_table([[0.0, 1.0], [1.0, 1.0]], [[1.0, 3.0], [1.0, 3.0]])
    points = sweep(foresee(table.outcomes), table.outcomes)
    assert (points[0].quality, points[0].cost_usd) == (1.0, 2.0)
    assert (points[-1].quality, points[-1].cost_usd) == (0.5, 1.0)


@settings(max_examples=12)
@given(seed=st.integers(0, 10_000), scale=st.sampled_from([1e-6, 1e-3, 1e4]))
def test_the_unit_of_money_changes_no_choice(seed: int, scale: float) -> None:
    table = random_table(seed, n=12)
    guesses = np.random.default_rng(seed).random(table.outcomes.quality.shape)
    one, other = (Predictions(guesses, table.outcomes.cost_usd * factor) for factor in (1.0, scale))
    points, scaled = sweep(one, table.outcomes), sweep(other, table.outcomes)
    assert [p.quality for p in points] == pytest.approx([p.quality for p in scaled])
    assert choose(one, 0.0).tolist() == choose(other, 0.0).tolist()
