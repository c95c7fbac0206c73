"""The view of calls, on small inputs: attempts added up, unknown costs flagged, the right score adopted."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from warehouse.landing import land
from warehouse.query import query


def calls(home, columns: str) -> list[tuple[object, ...]]:
    return query(home, f"SELECT {columns} FROM calls ORDER BY call_id").rows


def test_a_call_of_one_attempt_is_that_attempt(world) -> None:
    world.append(world.outcome(world.intent(1)))
    land(world.home)
    assert calls(world.home, "call_id, attempt_id, attempts, status, cost_usd, is_cost_unknown, quality") == [
        ("call-1", "attempt-1-1", 1, "ok", Decimal("0.0002"), False, None)
    ]


def test_retries_add_up_and_the_last_attempt_speaks_for_the_call(world) -> None:
    first, second = world.intent(1, attempt_no=1), world.intent(1, attempt_no=2)
    world.append(world.outcome(second), replace(world.failure(first), cost_usd=Decimal("0.00005")))
    land(world.home)
    assert calls(world.home, "attempt_id, attempts, status, cost_usd, latency_s, total_latency_s, started_at") == [
        ("attempt-1-2", 2, "ok", Decimal("0.00025"), 0.5, 1.0, first.started_at)
    ]


def test_a_fallback_is_the_call_s_model_and_says_from_where(world) -> None:
    first = world.intent(1, attempt_no=1)
    second = replace(world.intent(1, attempt_no=2), model="large", is_fallback=True, fallback_from="small")
    world.append(world.failure(first), world.outcome(second))
    land(world.home)
    assert calls(world.home, "model, is_fallback, fallback_from") == [("large", True, "small")]
    assert query(world.home, "SELECT fallback_from, model, calls, answered_attempts FROM fallbacks").rows == [
        ("small", "large", 1, 1)
    ]


def test_an_unpriced_attempt_makes_the_call_s_cost_unknown_not_zero(world) -> None:
    first, second = world.intent(1, attempt_no=1), world.intent(1, attempt_no=2)
    world.append(world.outcome(first), world.outcome(second, cost_usd=None))
    land(world.home)
    assert calls(world.home, "cost_usd, is_cost_unknown, known_cost_usd, worst_cost_usd") == [
        (None, True, Decimal("0.0002"), Decimal("0.0102"))
    ]


def test_a_crashed_attempt_counts_with_its_reservation_at_most(world) -> None:
    world.append(world.intent(1), replace(world.intent(2), reserved_usd=None))
    land(world.home)
    assert calls(world.home, "status, cost_usd, known_cost_usd, worst_cost_usd") == [
        ("unknown", None, Decimal(0), Decimal("0.01")),
        ("unknown", None, Decimal(0), None),
    ]


SCORES = {
    "none": ([], None, None),
    "one check": ([(0.25, "check", "a")], 0.25, "check"),
    "two checks: their mean": ([(0.0, "check", "a"), (1.0, "check", "b")], 0.5, "check"),
    "a judge alone": ([(0.5, "judge", "a")], 0.5, "judge"),
    "a check over a judge": ([(0.5, "judge", "a"), (1.0, "check", "b")], 1.0, "check"),
    "a person over all": ([(1.0, "check", "a"), (1.0, "judge", "b"), (0.0, "human", "c")], 0.0, "human"),
}


@pytest.mark.parametrize(("scores", "quality", "source"), SCORES.values(), ids=SCORES.keys())
@pytest.mark.parametrize("order", ["scores first", "call first"])
def test_quality_is_the_mean_of_the_strongest_source_and_scores_may_come_late(
    world, scores, quality, source, order
) -> None:
    records = [[world.score(1, score, source=kind, name=name) for score, kind, name in scores]]
    records.insert(len(records) if order == "scores first" else 0, [world.outcome(world.intent(1))])
    for some in records:
        if some:
            world.append(*some)
        land(world.home)
    assert calls(world.home, "quality, quality_source") == [(quality, source)]
