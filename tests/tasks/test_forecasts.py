"""What a run will probably cost, and when a budget can't hold it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from policies.errors import BadInputError
from policies.planning import StepPlan
from tasks.drafting import draft_run
from tasks.forecasts import Plan
from tasks.settings import load_settings
from tests.fakes.installations import Installation

Install = Callable[..., Installation]


def plan_of(installation: Installation, **fields: object) -> Plan:
    return draft_run(installation.request(**fields), load_settings(), run_id="run-1").plan


def step_costing(cost: Decimal | None) -> StepPlan:
    return StepPlan("rules", 1, (), cost, cost, cost, 0.5, None, (), None)


def test_a_plan_has_one_forecast_per_step_that_calls_a_model(install: Install) -> None:
    plan = plan_of(install(n_items=8))
    assert list(plan.steps) == ["answer", "cite"]
    assert [step.n_requests for step in plan.steps.values()] == [8, 8]


def test_a_plan_says_how_long_the_run_will_take_and_what_limits_it(install: Install) -> None:
    """Two steps whose models answer in a second by their prior: two rounds where four chunks go two at a time."""
    installation = install(n_items=16)
    wide, narrow = (plan_of(installation, chunks_under_way=width).run_time for width in (4, 2))
    assert wide is not None
    assert narrow is not None
    assert (wide.seconds, narrow.seconds) == (pytest.approx(2.0), pytest.approx(4.0))
    assert narrow.bottleneck == "chunks go through their steps 2 at a time"
    text = installation.catalogue.read_text()
    installation.catalogue.write_text(
        text.replace("    price: {input: 1, output: 2}", "    price: {input: 1, output: 2}\n    rpm: 10")
    )
    limited = plan_of(installation).run_time
    assert limited is not None
    assert limited.bottleneck == "small takes 10 requests a minute"
    assert 60 * 3 < limited.seconds < 60 * 4  # 32 calls


def test_a_plan_says_how_good_each_step_will_be_within_an_interval(install: Install) -> None:
    installation = install(n_items=8)
    few = plan_of(installation).steps["answer"]
    installation.write_batch(800)
    many = plan_of(installation).steps["answer"]
    assert few.expected_quality == many.expected_quality == 0.5
    assert few.quality_margin is not None
    assert many.quality_margin is not None
    assert (
        few.quality_margin > many.quality_margin > 1.96 * 0.15
    )  # the prior's error, which more calls do not make less


def test_nothing_is_written_by_planning(install: Install) -> None:
    installation = install()
    before = sorted(installation.home.root.rglob("*"))
    plan_of(installation)
    assert sorted(installation.home.root.rglob("*")) == before


def test_twice_the_items_cost_about_twice_as_much(install: Install) -> None:
    installation = install(n_items=8)
    few = plan_of(installation).expected_usd
    installation.write_batch(16)
    many = plan_of(installation).expected_usd
    assert few is not None
    assert many is not None
    assert Decimal("1.9") < many / few < Decimal("2.1")


def test_the_cheapest_plan_is_no_dearer_than_the_expected_one(install: Install) -> None:
    plan = plan_of(install(), policy="strongest")
    assert plan.cheapest_usd is not None
    assert plan.expected_usd is not None
    assert plan.cheapest_usd <= plan.expected_usd


def test_a_later_steps_prompt_counts_what_the_steps_before_may_put_into_it(install: Install) -> None:
    installation = install()
    short = plan_of(installation).steps["cite"].expected_usd
    text = installation.job.read_text()
    first, second = text.split("  - name: cite")
    installation.job.write_text(
        first.replace("max_output_tokens: 30", "max_output_tokens: 900") + "  - name: cite" + second
    )
    long = plan_of(installation).steps["cite"].expected_usd
    assert short is not None
    assert long is not None
    assert long > short


def test_a_budget_is_too_small_when_the_cheapest_plan_exceeds_it() -> None:
    steps = {"one": step_costing(Decimal("0.4")), "two": step_costing(Decimal("0.6"))}
    assert Plan(steps, Decimal(1)).problem is None
    problem = Plan(steps, Decimal("0.99")).problem
    assert problem is not None
    assert "1.0 USD" in problem
    assert Plan(steps, None).problem is None


def test_a_step_of_unknown_price_makes_the_sum_unknown_and_a_budget_impossible() -> None:
    steps = {"one": step_costing(Decimal("0.4")), "two": step_costing(None)}
    assert Plan(steps, None).expected_usd is None
    assert Plan(steps, None).problem is None
    assert "can't be kept" in str(Plan(steps, Decimal(1)).problem)


def test_a_job_without_model_calls_costs_nothing() -> None:
    assert Plan({}, Decimal(1)).expected_usd == 0
    assert Plan({}, Decimal(1)).problem is None


def better_large(installation: Installation) -> Installation:
    """The large model is worth its price to somebody."""
    better = installation.catalogue.read_text().replace(
        "price: {input: 10,", "prior_quality: {default: 0.9}\n    price: {input: 10,"
    )
    installation.catalogue.write_text(better)
    return installation


def test_the_budget_is_the_job_s_and_the_plan_spreads_it_over_the_steps_by_one_price(install: Install) -> None:
    installation = better_large(install(n_items=64))
    free = plan_of(installation, policy="performance")
    assert (free.lambda_, free.gap, free.pace) == (None, None, None)
    assert free.expected_usd is not None
    assert free.cheapest_usd is not None
    budget = (free.cheapest_usd + free.expected_usd) / 2
    plan = plan_of(installation, policy="performance", budget_usd=f"{budget:.6f}")
    assert plan.lambda_ is not None
    assert plan.expected_usd is not None
    assert Decimal("0.97") * budget <= plan.expected_usd <= budget
    assert plan.gap is not None
    assert plan.gap < 0.01
    assert plan.pace is not None
    assert [len(step.chunk_shares) for step in plan.pace.steps.values()] == [16, 16]


def test_a_plan_says_what_money_buys_in_each_step(install: Install) -> None:
    installation = better_large(install(n_items=8))
    free = plan_of(installation, policy="performance")
    assert all(step.last_per_usd is not None and step.next_per_usd is None for step in free.steps.values())
    tight = plan_of(installation, policy="performance", budget_usd="0.005")
    assert tight.lambda_ is not None
    assert any(step.next_per_usd is not None for step in tight.steps.values())
    for step in tight.steps.values():
        assert step.next_per_usd is None or step.next_per_usd <= tight.lambda_
        assert step.last_per_usd is None or step.last_per_usd > tight.lambda_


def test_the_interval_of_a_cost_holds_it_and_is_wider_than_nothing(install: Install) -> None:
    plan = plan_of(install(n_items=8))
    assert plan.margin_usd is not None
    assert plan.expected_usd is not None
    assert 0 < plan.margin_usd < plan.expected_usd


def test_a_floor_of_quality_is_reached_at_less_than_the_best_model_costs(install: Install) -> None:
    installation = better_large(install(n_items=16))
    best = plan_of(installation, policy="performance")
    plan = plan_of(installation, policy="performance", quality_floor=0.8)
    assert plan.floor_usd is not None
    assert best.expected_usd is not None
    assert plan.floor_usd < best.expected_usd
    assert plan.problem is None
    with pytest.raises(BadInputError, match=r"the quality floor of 0\.8 costs .* at least"):
        plan_of(installation, policy="performance", quality_floor=0.8, budget_usd=f"{plan.floor_usd / 2:.9f}")


def test_a_floor_that_changes_nothing_is_warned_of(install: Install) -> None:
    request = install(n_items=2).request(quality_floor=0.9)
    draft = draft_run(request, load_settings(), run_id="run-1")
    assert "quality_floor 0.9 changes nothing: no call is routed by performance" in draft.warnings
