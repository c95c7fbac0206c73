"""Typed reads: what was recorded comes back as values."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from policies.forecast import Forecast, Foreseen
from warehouse.evidence import attempts_of, calls_of_run, decision_of, decisions_of, run_costs, scores_of
from warehouse.landing import land


def test_a_decision_comes_back_as_it_was_made(world) -> None:
    made = world.decision(1)
    world.append(made)
    land(world.home)
    fact = decision_of(world.home, "call-1")
    assert fact is not None
    assert fact.decision.candidates == made.candidates
    assert (fact.decision.model, fact.decision.rule, fact.decision.lambda_) == ("small", "default", 0.25)
    assert (fact.features, fact.decided_at, fact.item_id) == (made.features, made.decided_at, "item-1")
    assert fact.forecast == Forecast("p-0", None, {"small": Foreseen(0.75, 0.1, 20, None, 7, (0.7, 0.05, 0, 0))})
    assert decision_of(world.home, "call-2") is None


def test_the_latest_of_several_decisions_speaks_for_the_call(world) -> None:
    first = world.decision(1)
    second = replace(first, decision_id="again", model="large", decided_at=first.decided_at + timedelta(seconds=1))
    world.append(second, first)
    land(world.home)
    assert [fact.decision_id for fact in decisions_of(world.home, "call-1")] == ["decision-1", "again"]
    fact = decision_of(world.home, "call-1")
    assert fact is not None
    assert fact.decision.model == "large"


def test_attempts_and_scores_come_in_order(world) -> None:
    first, second = world.intent(1, attempt_no=1), world.intent(1, attempt_no=2)
    score = world.score(1, 0.5)
    world.append(world.outcome(second), world.failure(first), score)
    land(world.home)
    attempts = attempts_of(world.home, "call-1")
    assert [(a.attempt_no, a.status, a.cost_usd) for a in attempts] == [
        (1, "rate_limited", Decimal(0)),
        (2, "ok", Decimal("0.0002")),
    ]
    assert attempts[1].started_at == second.started_at
    assert scores_of(world.home, "call-1") == (score,)
    assert attempts_of(world.home, "call-2") == scores_of(world.home, "call-2") == ()


def test_a_run_and_its_calls(world) -> None:
    world.append(*world.everything())
    land(world.home)
    calls = calls_of_run(world.home, "run-1")
    assert [(call.call_id, call.status, call.quality) for call in calls] == [
        ("call-0", "ok", 1.0),
        ("call-1", "ok", None),
        ("call-2", "unknown", None),
    ]
    run = run_costs(world.home, "run-1")
    assert run is not None
    assert (run.status, run.calls, run.attempts, run.n_failed) == ("completed", 3, 3, 1)
    assert (run.known_cost_usd, run.cost_usd, run.worst_cost_usd) == (Decimal("0.0004"), None, Decimal("0.0104"))
    assert run_costs(world.home, "none") is None


def test_a_run_without_calls_cost_nothing(world) -> None:
    world.append(world.run_started())
    land(world.home)
    run = run_costs(world.home, "run-1")
    assert run is not None
    assert (run.cost_usd, run.worst_cost_usd, run.status) == (Decimal(0), Decimal(0), "running")
