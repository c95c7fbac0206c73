"""Totals and the marts on them are what the facts add up to, whatever comes in whatever order and batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.types import Candidate
from warehouse.collecting import segment_of
from warehouse.landing import land, land_batch
from warehouse.migrating import migrate
from warehouse.query import named_query, query
from warehouse.records import DecisionMade, Intent, Outcome, Record, Scored
from warehouse.segments import encode
from warehouse.sql import sql_names, sql_text
from warehouse.totals import compute_total

MIDNIGHT = datetime(2026, 11, 26, tzinfo=UTC)
CALLS, ATTEMPTS = st.integers(0, 3), st.integers(1, 3)
FACTS = ("attempts", "decisions", "scores", "segments")
PLAIN_FRONTIER = """
WITH per_call AS (
    SELECT task_type, model, sum(latency_s) AS latency_s,
        CASE WHEN count(cost_usd) = count(*) THEN sum(cost_usd) END AS cost_usd
    FROM attempts WHERE status <> 'cached' GROUP BY call_id, task_type, model
)
SELECT task_type, model, count(*), count(*) - count(cost_usd), avg(cost_usd), avg(latency_s)
FROM per_call GROUP BY ALL ORDER BY ALL
"""
PLAIN_QUALITY = """
SELECT task_type, model, quality_source, count(*), avg(quality), stddev_samp(quality) / sqrt(count(*))
FROM answers WHERE NOT is_usable_alone GROUP BY ALL ORDER BY ALL
"""
PLAIN_DAYS = """
SELECT (started_at AT TIME ZONE 'UTC')::DATE, provider, model, count(*), sum(input_tokens)::BIGINT,
    coalesce(sum(cost_usd), 0), count(*) - count(cost_usd)
FROM attempts GROUP BY ALL ORDER BY ALL
"""
PLAIN_RUNS = """
SELECT run_id, count(DISTINCT call_id), count(*), coalesce(sum(cost_usd), 0)
FROM attempts GROUP BY ALL ORDER BY ALL
"""


def intent_of(call: int, attempt: int) -> Intent:
    """An attempt of a call; the second goes to another model, on the other side of midnight for some calls."""
    return Intent(
        f"a{call}-{attempt}", f"c{call}", f"d{call}", f"r{call % 2}", f"i{call}", "answer",
        "generate" if call % 2 else "classify", "large" if attempt == 2 else "small", "eu", "openai", attempt,
        attempt == 2, "small" if attempt == 2 else None, "p", Decimal("0.01") if call else None, "h", None,
        MIDNIGHT + timedelta(seconds=attempt - call),
    )  # fmt: skip


OUTCOMES = st.builds(
    lambda call, attempt, status, nanos, latency_s: Outcome(
        intent_of(call, attempt), status, None, None, 1, 1, 0, None if nanos is None else Decimal(nanos) / 10**9,
        "unknown" if nanos is None else "priced", latency_s, 0.0, MIDNIGHT + timedelta(hours=1),
    ),
    CALLS, ATTEMPTS, st.sampled_from(["ok", "error", "cached"]), st.none() | st.integers(0, 10**9),
    st.floats(0, 1e4, allow_subnormal=False),
)  # fmt: skip
SCORES = st.builds(
    lambda call, attempt, name, source, score, hour: Scored(
        f"s{call}-{attempt}-{name}", f"c{call}", name, "1", source, score, None, None,
        MIDNIGHT + timedelta(hours=hour), None, attempt and f"a{call}-{attempt}",
    ),
    CALLS, st.none() | ATTEMPTS, st.sampled_from(["usable", "exact", "tone", "f1"]),
    st.sampled_from(["check", "judge", "human"]), st.floats(0, 1, allow_subnormal=False), st.integers(0, 2),
)  # fmt: skip
QUALITIES, COSTS = st.none() | st.floats(0, 1, allow_subnormal=False), st.none() | st.integers(0, 10**8)
CANDIDATES = st.tuples(*(
    st.builds(
        lambda name, eligible, quality, nanos: Candidate(
            name, eligible, "", quality, None if nanos is None else Decimal(nanos) / 10**9, 1.0, None
        ),
        st.just(name), st.booleans(), QUALITIES, COSTS,
    ) for name in ("small", "large", "huge")
))  # fmt: skip
DECISIONS = st.builds(
    lambda call, model, propensity, candidates: DecisionMade(
        f"d{call}", f"c{call}", f"r{call % 2}", f"i{call}", "answer", "generate", "hybrid", None, model, propensity,
        False, candidates, None, None, None, "c", None, {}, MIDNIGHT,
    ),
    CALLS, st.sampled_from(["small", "large"]), st.floats(0.05, 1), CANDIDATES,
)  # fmt: skip
RECORDS = st.one_of(st.builds(intent_of, CALLS, ATTEMPTS), OUTCOMES, SCORES, DECISIONS)
HISTORIES = st.lists(st.lists(RECORDS, min_size=1, max_size=8), min_size=1, max_size=5)


@pytest.fixture(scope="module")
def ledger() -> Iterator[duckdb.DuckDBPyConnection]:
    """A ledger in memory with the schema of this code."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        migrate(connection, applied_at=MIDNIGHT)
        yield connection


def land_records(connection: duckdb.DuckDBPyConnection, records: Sequence[Record], *, name: str) -> None:
    """Land records as one segment in one transaction."""
    data = b"".join(encode(record) for record in records)
    landing = land_batch(connection, [segment_of(Path(f"{name}.jsonl"), data, is_abandoned=False)], MIDNIGHT)
    assert landing.quarantined == 0


@settings(deadline=None, max_examples=10)
@given(HISTORIES)
def test_after_every_land_totals_and_marts_are_what_the_facts_add_up_to(ledger, history) -> None:
    for table in (*FACTS, *sql_names("totals")):
        ledger.execute(f"DELETE FROM {table}")
    for number, records in enumerate(history):
        land_records(ledger, records, name=f"{number}")
        assert ledger.execute(sql_text("queries", "audit_totals")).fetchall() == []
    frontier = "task_type, model, calls, calls_of_unknown_cost, mean_cost_usd, mean_latency_s"
    assert_close(ledger, f"SELECT {frontier} FROM frontier ORDER BY ALL", PLAIN_FRONTIER)
    assert_close(ledger, "FROM quality_by_task_model ORDER BY ALL", PLAIN_QUALITY)
    runs = "run_id, calls, attempts, known_cost_usd"
    days = "day, provider, model, attempts, input_tokens, known_cost_usd, attempts_of_unknown_cost"
    assert_close(ledger, f"SELECT {days} FROM cost_by_model_day ORDER BY ALL", PLAIN_DAYS)
    assert_close(ledger, f"SELECT {runs} FROM cost_by_job_run ORDER BY ALL", PLAIN_RUNS)


def assert_close(connection: duckdb.DuckDBPyConnection, sql: str, plain: str) -> None:
    """Two queries return the same rows, numbers up to the nine decimals that totals keep."""
    rows, expected = (connection.execute(text).fetchall() for text in (sql, plain))
    assert [[rounded(value) for value in row] for row in rows] == [
        [about(rounded(value)) for value in row] for row in expected
    ]


def rounded(value: object) -> object:
    """Money as a number."""
    return float(value) if isinstance(value, Decimal) else value


def about(value: object) -> object:
    """A number up to what totals keep of it."""
    return pytest.approx(value, abs=2e-9, rel=1e-9) if isinstance(value, float) else value


def test_a_late_score_a_settled_intent_and_a_late_attempt_move_their_call(world) -> None:
    columns = "model, calls, attempts, calls_of_known_cost, cost_usd"
    intent, second = world.intent(1), replace(world.intent(1, attempt_no=2), model="large")
    steps: list[tuple[Record, list[tuple[object, ...]]]] = [
        (intent, [("small", 1, 1, 0, Decimal(0))]),
        (world.outcome(intent), [("small", 1, 1, 1, Decimal("0.0002"))]),
        (world.outcome(second), [("large", 1, 2, 1, Decimal("0.0004"))]),
    ]
    for record, expected in steps:
        world.append(record)
        land(world.home)
        assert query(world.home, f"SELECT {columns} FROM call_totals").rows == expected
    for source, quality in (("judge", 0.25), ("human", 0.75)):
        world.append(world.score(1, quality, source=source, name=source))
        land(world.home)
        assert query(world.home, "SELECT model, quality_source, mean_quality FROM quality_by_task_model").rows == [
            ("large", source, quality)
        ]
    assert named_query(world.home, "audit_totals").rows == []


def test_the_audit_names_a_total_that_was_tampered_with_and_a_new_definition_makes_it_anew(ledger) -> None:
    land_records(ledger, [intent_of(1, 1)], name="tampered")
    ledger.execute("UPDATE call_totals SET calls = calls + 1")
    assert [name for name, _ in ledger.execute(sql_text("queries", "audit_totals")).fetchall()] == ["call_totals"]
    ledger.execute("UPDATE migrations SET checksum = 'older' WHERE name = 'total:call_totals'")
    assert migrate(ledger, applied_at=MIDNIGHT) == ("call_totals",)
    assert ledger.execute(sql_text("queries", "audit_totals")).fetchall() == []
    ledger.execute("DELETE FROM served_totals")
    ledger.execute(compute_total("served_totals"))
    assert ledger.execute(sql_text("queries", "audit_totals")).fetchall() == []
