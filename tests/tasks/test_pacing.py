"""A run's spending: never over its budget, whatever calls cost; and all but used up where the forecast is right."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from policies.allocation.curve import HIGHEST
from tasks.budget import Budget
from tasks.pacing import Pacer
from tests.tasks.spending import between, noisy, spend, world_of

N_SEEDS = 1_000


def test_no_run_ever_spends_more_than_its_budget_whatever_its_calls_cost() -> None:
    n_stopped = 0
    for seed in range(N_SEEDS):
        draw = random.Random(seed)
        world = world_of(seed, n_items=draw.randint(1, 12), chunk_size=draw.randint(1, 6))
        budget = Budget(between(world, draw.random()))
        kind = draw.choice(["worst", "free", "any", "late"])

        def real(expected: float, worst: float, *, kind: str = kind, draw: random.Random = draw) -> float:
            shares = {"worst": 1.0, "free": 0.0, "any": draw.random(), "late": float(draw.random() < 0.3)}
            return worst * shares[kind]

        width, concurrency = draw.randint(1, 6), draw.choice([1, 3, 64])
        spent = spend(world, budget, real=real, draw=draw, width=width, concurrency=concurrency)
        assert budget.limit_usd is not None
        assert spent.spent_usd <= spent.most_usd <= budget.limit_usd, seed
        n_stopped += spent.n_stopped > 0
    assert 0 < n_stopped < N_SEEDS  # money did run out in some, and not in all


@pytest.mark.parametrize("is_alike", [False, True])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_budget_that_binds_is_all_but_used_where_costs_are_predicted_well(share: float, is_alike: bool) -> None:
    for seed in range(3):
        draw = random.Random(seed)
        world = world_of(seed, n_items=1_000, chunk_size=50, is_alike=is_alike)
        budget = Budget(between(world, share))
        spent = spend(world, budget, real=noisy(draw), draw=draw, width=4, concurrency=64)
        assert budget.limit_usd is not None
        assert spent.n_stopped == 0
        assert spent.spent_usd >= Decimal("0.97") * budget.limit_usd, seed


@pytest.mark.parametrize("factor", [0.4, 2.0])
def test_a_forecast_that_is_wrong_throughout_is_corrected_as_outcomes_arrive(factor: float) -> None:
    world = world_of(5, n_items=2_000, chunk_size=50)
    budget, draw = Budget(between(world, 0.4)), random.Random(5)
    spent = spend(world, budget, real=lambda expected, _: factor * expected, draw=draw, width=4, concurrency=64)
    assert budget.limit_usd is not None
    assert Decimal("0.95") * budget.limit_usd <= spent.spent_usd
    assert spent.n_stopped == 0


def test_what_is_saved_in_the_first_chunks_is_spent_on_quality_in_the_later_ones() -> None:
    world = world_of(7, n_items=400, chunk_size=50)
    budget = Budget(between(world, 0.3))
    lambdas = []
    for cost_usd in (0.0, 0.05, 0.1):
        pacer = Pacer(world.plan(), budget)
        pacer.note_routed(0, "answer", expected_usd=0.05)
        pacer.note_settled(0, "answer", cost_usd=cost_usd)
        lambdas.append(pacer.lambda_now())
    assert lambdas == sorted(set(lambdas))


def test_a_budget_that_is_gone_leaves_the_cheapest_models_only() -> None:
    world = world_of(7, n_items=100, chunk_size=50)
    budget = Budget(Decimal("0.000000001"))
    assert Pacer(world.plan(), budget).lambda_now() == HIGHEST


def test_a_resumed_run_paces_what_is_left_of_the_batch_with_what_is_left_of_the_money() -> None:
    world = world_of(9, n_items=400, chunk_size=50)
    limit = between(world, 0.5)
    fresh = Pacer(world.plan(), Budget(limit)).lambda_now()
    routed = [(chunk, step) for chunk in range(4) for step in world.steps]
    half = Pacer(world.plan(), Budget(limit, spent_usd=limit / 2), routed=routed).lambda_now()
    poor = Pacer(world.plan(), Budget(limit, spent_usd=limit * 3 / 4), routed=routed).lambda_now()
    assert half == pytest.approx(fresh, rel=0.5)
    assert poor > half
