from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.multiplier import HIGHEST, find_multiplier, spend_at

Pairs = list[list[tuple[float, float]]]
unit = st.floats(0, 1)
some_pairs = st.lists(st.lists(st.tuples(unit, unit), min_size=1, max_size=4), min_size=1, max_size=6)


def test_money_that_suffices_has_no_price() -> None:
    assert find_multiplier([[(0.9, 1.0), (0.1, 0.0)]], budget_usd=1.0) == 0.0


def test_nothing_to_decide_has_no_price() -> None:
    assert find_multiplier([], budget_usd=0.0) == 0.0


def test_the_price_is_where_the_dearer_option_stops_paying() -> None:
    pairs = [[(0.9, 2.0), (0.5, 1.0)]]  # 0.4 quality for 1 USD
    assert find_multiplier(pairs, budget_usd=1.5) == pytest.approx(0.4, rel=1e-6)


def test_a_budget_that_nothing_keeps_has_the_highest_price() -> None:
    assert find_multiplier([[(0.9, 2.0), (0.5, 1.0)]], budget_usd=0.5) == HIGHEST
    assert spend_at(HIGHEST, [[(0.9, 2.0), (0.5, 1.0)]]) == 1.0


def test_an_unknown_cost_is_never_affordable() -> None:
    pairs = [[(0.9, math.inf), (0.5, 1.0)]]
    multiplier = find_multiplier(pairs, budget_usd=1.0)
    assert multiplier > 0
    assert spend_at(multiplier, pairs) == 1.0


@settings(deadline=None)
@given(pairs=some_pairs, budget=st.floats(0, 4))
def test_the_spend_keeps_the_budget_wherever_one_can(pairs: Pairs, budget: float) -> None:
    multiplier = find_multiplier(pairs, budget_usd=budget)
    cheapest = math.fsum(min(cost for _, cost in options) for options in pairs)
    spent = spend_at(multiplier, pairs)
    assert spent <= budget or multiplier == HIGHEST
    if multiplier == HIGHEST:
        assert spent == pytest.approx(cheapest, abs=1e-6)


@settings(deadline=None, max_examples=50)
@given(pairs=some_pairs, budget=st.floats(0, 4))
def test_the_choice_is_the_best_one_for_the_money_that_it_spends(pairs: Pairs, budget: float) -> None:
    # Everett's theorem: the optimum at λ is optimal among all choices that cost no more.
    multiplier = find_multiplier(pairs, budget_usd=budget)
    if multiplier == HIGHEST:
        return
    chosen = [max(some, key=lambda p: (p[0] - multiplier * p[1], -p[1])) for some in pairs]
    spent, quality = (math.fsum(pair[i] for pair in chosen) for i in (1, 0))
    rivals = [r for r in itertools.product(*pairs) if math.fsum(p[1] for p in r) <= spent]
    assert max(math.fsum(p[0] for p in r) for r in rivals) <= quality + 1e-9
