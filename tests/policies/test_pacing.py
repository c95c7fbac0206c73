"""The pace of a run: λ from the money that is really left, and decisions that can be made again from their record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from policies.allocation.curve import HIGHEST
from policies.allocation.menu import Menu
from policies.allocation.outlay import Weighed, spread_money
from policies.dither import WIDTH, dither_of
from policies.features import state_of, terms_of
from policies.pacing import PacePlan, Progress, StepPace, cost_ratio, pace, pace_of
from policies.performance import PerformancePolicy
from policies.rule_table import RuleTable
from policies.rules import RulesPolicy, parse_rules
from policies.selection import paced, policy_named
from policies.terms import Terms
from policies.types import Catalogue, Request, RoutingState
from policies.weighing import weigh

Build = Callable[..., Request]

PLAN = PacePlan({"answer": StepPace((0.0, 10.0, 20.0), (9.0, 5.0, 1.0), (0.25, 0.75))})
FRESH = Progress(100.0, 0.0, 0.0, 0.0, 0.0, {"answer": 1.0})


def test_money_that_suffices_has_no_price_and_money_that_nothing_fits_the_highest() -> None:
    assert pace(PLAN, FRESH) == 0.0
    assert pace(PLAN, replace(FRESH, spent_usd=99.9)) == HIGHEST
    assert pace(PLAN, replace(FRESH, left={"answer": 0.0})) == 0.0


def test_the_price_is_where_the_rest_is_expected_to_cost_what_is_left() -> None:
    held_back = 0.005 * 10
    progress = replace(FRESH, limit_usd=10.0, spent_usd=3.0 - held_back, left={"answer": 1.0})
    assert pace(PLAN, progress) == pytest.approx(5.0)  # half way between spending 9 and 5
    assert pace(PLAN, replace(progress, left={"answer": 0.5})) == 0.0


def test_a_floor_of_quality_is_never_overspent_though_there_is_money() -> None:
    assert pace(replace(PLAN, least_lambda=7.0), FRESH) == 7.0


def test_calls_under_way_are_expected_to_cost_what_the_settled_ones_suggest() -> None:
    dear = Progress(10.0, 2.0, 4.0, 1.0, 2.0, {"answer": 0.5})
    assert cost_ratio(dear) == pytest.approx((2 + 0.2) / (1 + 0.2))
    cheap = replace(dear, settled_cost_usd=0.5, spent_usd=0.5)
    assert pace(PLAN, dear) > pace(PLAN, cheap)
    assert cost_ratio(replace(dear, settled_usd=0.0, settled_cost_usd=0.0)) == 1.0


def test_a_step_s_pace_spreads_its_cost_over_the_chunks_that_its_requests_are_in() -> None:
    menu = Menu(np.tile([0.2, 0.8], (3, 1)), np.array([[1.0, 3.0], [1.0, 3.0], [4.0, 6.0]]))
    step = pace_of(Weighed(menu, np.ones(3)), chunk_sizes=[2, 1])
    assert step.spend_usd[0] == 12.0
    assert step.spend_usd[-1] == 6.0
    assert list(step.lambdas) == sorted(step.lambdas)
    assert step.chunk_shares == (pytest.approx(0.5), pytest.approx(0.5))


def test_steps_compete_for_the_same_money_and_it_goes_where_it_buys_most() -> None:
    cost = np.tile([0.0, 1.0], (10, 1))
    useful, idle = Menu(np.tile([0.1, 0.9], (10, 1)), cost), Menu(np.tile([0.5, 0.6], (10, 1)), cost)
    steps = {"useful": Weighed(useful, np.ones(10)), "idle": Weighed(idle, np.ones(10))}
    outlay = spread_money(steps, budget_usd=10.0, floor=None)
    assert outlay.lambda_ == pytest.approx(0.1)
    assert outlay.gap == pytest.approx(0.0, abs=1e-6)
    assert outlay.marginals["useful"].last_per_usd == pytest.approx(0.8)
    assert outlay.marginals["useful"].next_per_usd is None
    assert outlay.marginals["idle"].last_per_usd is None
    assert outlay.marginals["idle"].next_per_usd == pytest.approx(0.1)


def test_a_floor_is_a_share_of_what_the_best_model_would_reach_over_all_steps() -> None:
    cost = np.tile([0.0, 1.0], (10, 1))
    steps = {
        name: Weighed(Menu(np.tile(quality, (10, 1)), cost), np.linspace(0.95, 1.05, 10))
        for name, quality in (("useful", [0.1, 0.9]), ("idle", [0.5, 0.6]))
    }
    outlay = spread_money(steps, budget_usd=None, floor=0.9)
    assert outlay.floor_usd == 10.0  # 14 of 15: the useful step alone; at 13.5 of 15 hardly less
    assert outlay.highest_floor is None
    assert spread_money(steps, budget_usd=None, floor=None).lambda_ is None


def test_each_call_has_a_price_of_its_own_close_to_the_common_one(toy: Catalogue, request_of: Build) -> None:
    asked = [request_of(call_id=f"c{i}") for i in range(300)]
    decisions = paced(PerformancePolicy(), 100.0).decide(asked, toy, weights=None, state=RoutingState(seed=3))
    lambdas = [decision.lambda_ for decision in decisions if decision.lambda_ is not None]
    assert len(set(lambdas)) > 100
    assert all(100 * (1 - WIDTH) < lambda_ < 100 * (1 + WIDTH) for lambda_ in lambdas)
    assert np.mean(lambdas) == pytest.approx(100, rel=0.01)
    assert {dither_of(f"c{i}", seed=3, width=0.0) for i in range(9)} == {1.0}


def test_calls_that_are_all_alike_share_the_money_instead_of_going_all_one_way(
    toy: Catalogue, request_of: Build
) -> None:
    asked = [request_of(call_id=f"c{i}") for i in range(400)]
    state = RoutingState(remaining_usd=Decimal("0.5"))
    weighed = weigh(asked, toy, PerformancePolicy(), weights=None, state=state)
    lambda_ = spread_money({"s": weighed}, budget_usd=0.5, floor=None).lambda_
    decisions = paced(PerformancePolicy(), lambda_).decide(asked, toy, weights=None, state=state)
    spent = sum(next(c.p_cost_usd or 0 for c in d.candidates if c.model == d.model) for d in decisions)
    assert Decimal("0.495") <= spent <= Decimal("0.5")
    assert len({decision.model for decision in decisions}) == 2


@pytest.mark.parametrize("share", [1.0, 0.4])
def test_a_paced_decision_is_made_again_from_its_own_price_and_the_chunk_s(
    toy: Catalogue, request_of: Build, share: float
) -> None:
    use = {"shortlist": ["tiny", "large"], "policy": "performance", "share": share}
    table = parse_rules(f"default: {{use: {use}}}".replace("'", ""), file="rules.yaml", catalogue=toy)
    asked = [request_of(call_id=f"c{i}") for i in range(60)]
    state = RoutingState(remaining_usd=Decimal("0.05"), seed=9)
    lambda_ = 250.0
    for request, made in zip(
        asked, paced(RulesPolicy(table), lambda_).decide(asked, toy, weights=None, state=state), strict=True
    ):
        terms = terms_of(state_of(state, terms=Terms(lambda_, dither=WIDTH)))
        if made.lambda_ is not None:
            terms = replace(terms, multiplier=made.lambda_, dither=0.0)
        again = policy_named("rules", table=table, terms=terms)
        assert again.decide([request], toy, weights=None, state=state) == (made,)


def test_what_a_policy_would_not_weigh_is_one_choice_of_the_menu(
    toy: Catalogue, toy_table: RuleTable, request_of: Build
) -> None:
    asked = [request_of(task_type="extract"), request_of(call_id="other", task_type="generate")]
    fixed = weigh(asked, toy, policy_named("rules", table=toy_table), weights=None, state=RoutingState())
    free = weigh(asked, toy, PerformancePolicy(), weights=None, state=RoutingState())
    assert np.isfinite(fixed.menu.value[0]).sum() == 1
    assert np.isfinite(free.menu.value).sum(axis=1).tolist() == [4, 4]
    assert free.menu.cost_usd[1, 3] == np.inf
