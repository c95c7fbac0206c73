"""The ledger from before imports: its file is brought up to date, and its segments still land."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import duckdb

from warehouse.landing import land
from warehouse.query import query
from warehouse.sql import sql_text

SEGMENT = Path(__file__).with_name("old") / "0001.segment.jsonl"  # one record of every kind, as 0001's code wrote them
APPLIED_AT = datetime(2026, 11, 1, tzinfo=UTC)
SUMS = "SELECT count(*), sum(cost_usd), sum(input_tokens), count(DISTINCT decision_id) FROM attempts"
MARKS = "SELECT DISTINCT origin, foreign_id FROM attempts"


def test_a_segment_from_before_imports_lands_as_it_is(world) -> None:
    world.home.create()
    (world.home.spool / "0001-old.jsonl").write_bytes(SEGMENT.read_bytes())
    landing = land(world.home)
    assert (landing.segments, landing.records, landing.quarantined) == (1, 14, 0)
    assert query(world.home, SUMS).rows == [(3, Decimal("0.0004"), 200, 3)]
    assert query(world.home, MARKS).rows == [("pointsman", None)]


def test_a_ledger_from_before_imports_keeps_its_facts_and_calls_them_ours(empty_world) -> None:
    empty_world.home.create()
    with duckdb.connect(str(empty_world.home.ledger)) as connection:
        connection.execute(sql_text("migrations", "0001_facts"))
        connection.execute(
            "INSERT INTO attempts BY NAME SELECT 'a' || n AS attempt_id, 'c' || n AS call_id, 'd' || n AS decision_id,"
            " 'r' AS run_id, 'i' AS item_id, 's' AS step, 'generate' AS task_type, 'small' AS model,"
            " 'eu' AS deployment, 'openai' AS provider, 1 AS attempt_no, false AS is_fallback, 'ok' AS status,"
            " 100 AS input_tokens, 0.0001::DECIMAL(18, 9) AS cost_usd, 'p' AS price_id, 'priced' AS cost_source,"
            " $noon AS started_at, 'h' AS prompt_hash FROM range(1000) AS rows(n)",
            {"noon": APPLIED_AT},
        )
        connection.execute("INSERT INTO migrations VALUES ('0001_facts', $1, $2)", [checksum(), APPLIED_AT])
    land(empty_world.home)
    assert query(empty_world.home, SUMS).rows == [(1000, Decimal("0.1"), 100000, 1000)]
    assert query(empty_world.home, MARKS).rows == [("pointsman", None)]
    assert query(empty_world.home, "SELECT count(*), sum(cost_usd) FROM calls WHERE origin = 'pointsman'").rows == [
        (1000, Decimal("0.1"))
    ]


def test_an_imported_attempt_has_neither_decision_nor_price_and_lands_once(world) -> None:
    for _ in range(2):
        world.append(world.imported(1), world.imported(2, cost_usd=None), world.usage(1))
        land(world.home)
    columns = "decision_id, price_id, prompt_hash, cost_usd, cost_source, origin, foreign_id"
    assert query(world.home, f"SELECT {columns} FROM calls ORDER BY foreign_id").rows == [
        (None, None, None, Decimal("0.0003"), "provider", "litellm-spend-logs", "foreign-1"),
        (None, None, None, None, "unknown", "litellm-spend-logs", "foreign-2"),
    ]
    assert query(world.home, "SELECT n_requests, cost_usd FROM imported_usage").rows == [(40, None)]


def checksum() -> str:
    """The checksum that 0001's code noted of its own text."""
    return sha256(sql_text("migrations", "0001_facts").encode()).hexdigest()
