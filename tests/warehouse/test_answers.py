"""The answers of a call, each the model's that gave it: refused ones, and the one that the call ended with."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import duckdb
import pytest

from warehouse.evidence import scores_of
from warehouse.landing import land
from warehouse.migrating import checksum_of
from warehouse.query import query
from warehouse.records import Intent, Scored
from warehouse.sql import sql_text

ANSWERS = "SELECT model, quality, quality_source, cost_usd, latency_s FROM answers ORDER BY started_at"


def fell_back(world) -> tuple[Intent, Intent]:
    """A call that went from small, whose answer was refused, to large."""
    first = world.intent(1, attempt_no=1)
    second = replace(world.intent(1, attempt_no=2), model="large", is_fallback=True, fallback_from="small")
    return first, second


def refusal(world, intent: Intent) -> Scored:
    score = world.score(1, 0.0, name="json_schema")
    return replace(score, score_id=f"refusal-{intent.attempt_id}", attempt_id=intent.attempt_id)


def test_a_refused_answer_is_not_the_next_models(world) -> None:
    first, second = fell_back(world)
    world.append(world.outcome(first), world.outcome(second, cost_usd=Decimal("0.003")))
    world.append(refusal(world, first), world.score(1, 0.5))
    land(world.home)
    assert query(world.home, ANSWERS).rows == [
        ("small", 0.0, "check", Decimal("0.0002"), 0.5),
        ("large", 0.5, "check", Decimal("0.003"), 0.5),
    ]
    assert query(world.home, "SELECT model, quality, cost_usd FROM calls").rows == [("large", 0.5, Decimal("0.0032"))]
    frontier = "SELECT model, calls, scored_calls, mean_quality FROM frontier ORDER BY mean_quality"
    assert query(world.home, frontier).rows == [("small", 1, 1, 0.0), ("large", 1, 1, 0.5)]


def test_a_call_that_ended_with_a_refused_answer_has_its_0(world) -> None:
    first, second = fell_back(world)
    world.append(world.outcome(first), world.outcome(second), refusal(world, first), refusal(world, second))
    land(world.home)
    assert query(world.home, "SELECT model, quality, quality_source FROM calls").rows == [("large", 0.0, "check")]
    assert [row[:2] for row in query(world.home, ANSWERS).rows] == [("small", 0.0), ("large", 0.0)]


def test_a_call_that_failed_after_a_refused_answer_has_no_quality_of_its_own(world) -> None:
    first, second = fell_back(world)
    world.append(world.outcome(first), world.failure(second), refusal(world, first))
    land(world.home)
    assert query(world.home, "SELECT model, status, quality FROM calls").rows == [("large", "rate_limited", None)]
    assert [row[:2] for row in query(world.home, ANSWERS).rows] == [("small", 0.0)]


def test_a_person_may_find_a_refused_answer_good_and_is_believed(world) -> None:
    first, _ = fell_back(world)
    world.append(world.outcome(first), refusal(world, first), world.score(1, 1.0, source="human", name="thumb"))
    land(world.home)
    assert query(world.home, "SELECT quality, quality_source FROM calls").rows == [(1.0, "human")]
    assert [row[:3] for row in query(world.home, ANSWERS).rows] == [("small", 1.0, "human")]


def test_a_judgement_says_which_attempt_it_is_of(world) -> None:
    first, _ = fell_back(world)
    world.append(world.outcome(first), refusal(world, first), replace(world.score(1, 1.0), scored_at=first.started_at))
    land(world.home)
    assert [score.attempt_id for score in scores_of(world.home, "call-1")] == [first.attempt_id, None]


@pytest.mark.parametrize("name", ["answers", "frontier", "quality_by_task_model"])
def test_without_a_judgement_there_is_nothing_to_tell(world, name: str) -> None:
    world.append(world.outcome(world.intent(1)))
    land(world.home)
    scored = "scored_calls" if name == "frontier" else "1"
    assert query(world.home, f"SELECT coalesce(sum({scored}), 0)::BIGINT FROM {name}").rows == [(0,)]


def test_a_ledger_from_before_keeps_its_scores_and_they_are_of_the_last_answers(empty_world) -> None:
    earlier = ["0001_facts", "0002_imports", "0003_prices"]
    empty_world.home.create()
    with duckdb.connect(str(empty_world.home.ledger)) as connection:
        for name in earlier:
            connection.execute(sql_text("migrations", name))
            checksum = checksum_of(sql_text("migrations", name))
            connection.execute("INSERT INTO migrations VALUES ($1, $2, now())", [name, checksum])
        connection.execute(
            "INSERT INTO scores BY NAME SELECT 's' AS score_id, 'call-1' AS call_id, 'exact' AS scorer,"
            " '1' AS scorer_version, 'check' AS source, 0.25 AS score, now() AS scored_at"
        )
    first, second = fell_back(empty_world)
    empty_world.append(empty_world.failure(first), empty_world.outcome(second))
    land(empty_world.home)
    assert query(empty_world.home, "SELECT model, quality FROM calls").rows == [("large", 0.25)]
    assert [row[:2] for row in query(empty_world.home, ANSWERS).rows] == [("large", 0.25)]
