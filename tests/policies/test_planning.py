from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from policies.performance import PerformancePolicy
from policies.planning import plan_step
from policies.rule_table import RuleTable
from policies.selection import policy_named
from policies.types import Catalogue, Request, RoutingState

Build = Callable[..., Request]


def test_a_plan_adds_up_what_the_policy_chooses(toy: Catalogue, toy_table: RuleTable, request_of: Build) -> None:
    asked = [request_of(call_id=f"c{i}", task_type="extract" if i < 3 else "generate") for i in range(5)]
    plan = plan_step(asked, toy, policy_named("rules", table=toy_table), None, RoutingState())
    assert [(s.model, s.n_requests, s.expected_usd) for s in plan.shares] == [
        ("tiny", 3, Decimal(0)),
        ("large", 2, Decimal("0.005")),
    ]
    assert plan.expected_usd == Decimal("0.005")
    assert plan.worst_usd == Decimal("0.009")  # twice 150 in and 100 out
    assert plan.cheapest_usd == 0
    assert plan.expected_quality == pytest.approx((3 * 0.8 + 2 * 0.9) / 5)
    assert (plan.n_requests, plan.n_refused, plan.problem) == (5, 0, None)


def test_refused_requests_are_counted_by_their_reasons(toy: Catalogue, toy_table: RuleTable, request_of: Build) -> None:
    asked = [request_of(), *(request_of(call_id=f"c{i}", needs=frozenset({"no-such"})) for i in range(3))]
    plan = plan_step(asked, toy, policy_named("strongest", table=toy_table), None, RoutingState())
    assert plan.n_refused == 3
    ((reason, n),) = plan.refused
    assert n == 3
    assert reason.startswith("no model may serve: tiny: lacks no-such; ")


def test_a_budget_below_the_cheapest_plan_is_a_problem(toy: Catalogue, request_of: Build) -> None:
    asked = [request_of(call_id=f"c{i}", needs=frozenset({"region:eu"})) for i in range(10)]
    state = RoutingState(remaining_usd=Decimal("0.0019"))
    plan = plan_step(asked, toy, PerformancePolicy(), None, state)
    assert plan.cheapest_usd == Decimal("0.002")
    assert plan.problem == "the cheapest plan costs 0.002000000 USD; the budget is 0.0019 USD"


def test_the_cheapest_plan_is_one_that_the_policy_could_choose(
    toy: Catalogue, toy_table: RuleTable, request_of: Build
) -> None:
    asked = [request_of(tags=frozenset({"urgent", "paid"}))]  # large, then middle; never tiny, which is free
    state = RoutingState(remaining_usd=Decimal("0.0001"))
    plan = plan_step(asked, toy, policy_named("rules", table=toy_table), None, state)
    assert plan.cheapest_usd == Decimal("0.0002")
    assert plan.problem is not None


def test_a_budget_that_not_one_call_fits_is_a_problem_of_the_cheapest_plan(toy: Catalogue, request_of: Build) -> None:
    asked = [request_of(needs=frozenset({"region:eu"}))]
    plan = plan_step(asked, toy, PerformancePolicy(), None, RoutingState(remaining_usd=Decimal("0.0001")))
    assert plan.n_refused == 1
    assert plan.problem is not None
    assert plan.problem.startswith("the cheapest plan costs 0.000200000 USD")


def test_a_budget_that_holds_has_a_multiplier_and_no_problem(toy: Catalogue, request_of: Build) -> None:
    asked = [request_of(call_id=f"c{i}") for i in range(10)]
    plan = plan_step(asked, toy, PerformancePolicy(), None, RoutingState(remaining_usd=Decimal("0.01")))
    assert plan.problem is None
    assert plan.lambda_ is not None
    assert plan.lambda_ > 0
    assert plan.expected_usd is not None
    assert plan.expected_usd <= Decimal("0.01")


def test_an_unknown_price_makes_the_sum_unknown_never_zero(
    toy: Catalogue, toy_table: RuleTable, request_of: Build
) -> None:
    plan = plan_step([request_of()], toy, policy_named("fixed:secretive", table=toy_table), None, RoutingState())
    assert (plan.expected_usd, plan.worst_usd, plan.cheapest_usd) == (None, None, None)


def test_a_budget_that_only_unknown_prices_meet_is_a_problem(toy: Catalogue, request_of: Build) -> None:
    state = RoutingState(unavailable=dict.fromkeys(["tiny", "middle", "large"], "down"), remaining_usd=Decimal(1))
    plan = plan_step([request_of()], toy, PerformancePolicy(), None, state)
    assert plan.problem is not None
    assert plan.problem.startswith("no model with a known price may serve")


def test_no_requests_cost_nothing(toy: Catalogue, request_of: Build) -> None:
    plan = plan_step([], toy, PerformancePolicy(), None, RoutingState(remaining_usd=Decimal(0)))
    assert (plan.expected_usd, plan.cheapest_usd, plan.shares, plan.problem) == (Decimal(0), Decimal(0), (), None)
    assert plan.expected_quality is None
