"""Ledgers that earlier versions wrote: each is brought to the schema of this code, and says the same as before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.test_schema import COLUMNS, GOLDEN
from warehouse.landing import land
from warehouse.query import query_together
from warehouse.sql import sql_names, sql_text

FACTS = Path(__file__).with_name("old") / "facts.sql"
AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
NAMES = sql_names("migrations")
# In the order of their numbers; and as it came to be, with 0007 before there was a 0006.
EARLIER: Sequence[tuple[str, ...]] = (*(NAMES[:n] for n in range(1, len(NAMES))), (*NAMES[:4], "0007_latest_budget"))
SUMS = (
    "SELECT count(*), sum(cost_usd), sum(reserved_usd), sum(input_tokens), sum(latency_s), max(started_at)"
    " FROM attempts",
    "SELECT count(*), sum(known_cost_usd), sum(worst_cost_usd), sum(attempts), count(quality), round(sum(quality), 9),"
    " count(*) FILTER (WHERE is_cost_unknown) FROM calls",
    "SELECT count(*), sum(propensity), sum(len(candidates)) FROM decisions",
    "SELECT count(*), sum(score), count(DISTINCT score_id) FROM scores",
    "SELECT count(*), sum(budget_usd), min(started_at) FROM runs WHERE run_id <> 'run-1'",
    "SELECT price_id, model, input, output, valid_from, valid_to FROM prices",
)


def write_ledger(connection: duckdb.DuckDBPyConnection, migrations: Sequence[str]) -> None:
    """The schema of these migrations, and facts in it."""
    connection.execute("SET TimeZone = 'UTC'")
    for name in migrations:
        text = sql_text("migrations", name)
        connection.execute(text)
        connection.execute("INSERT INTO migrations VALUES (?, ?, ?)", [name, sha256(text.encode()).hexdigest(), AT])
    for statement in FACTS.read_text("utf-8").split(";\n"):
        connection.execute(statement, {"at": AT} if "$at" in statement else {})
    for table in ("run_starts", "decisions", "attempts", "scores"):
        has_key = "0006_call_keys" in migrations and table != "run_starts"
        key = ", call_key_of(call_id) AS call_key" if has_key else ""
        connection.execute(f"INSERT INTO {table} BY NAME SELECT *{key} FROM made_{table}")
    is_seen = "0003_prices" in migrations
    table, other = ("price_sightings", "valid_from") if is_seen else ("prices", "seen_at")
    connection.execute(f"INSERT INTO {table} BY NAME SELECT * EXCLUDE ({other}) FROM made_prices")


@pytest.mark.parametrize("migrations", EARLIER, ids=lambda names: f"{names[-1][:4]} of {len(names)}")
def test_an_earlier_ledger_takes_the_schema_of_today_and_keeps_its_sums(empty_world, migrations) -> None:
    home = empty_world.home.create()
    with duckdb.connect(home.ledger) as connection:
        write_ledger(connection, migrations)
        before = [connection.execute(sums).fetchall() for sums in SUMS]
    empty_world.append(empty_world.run_started())
    assert land(home).inserted == 1
    audits = [sql_text("queries", audit) for audit in ("audit_totals", "audit_costs", "reprice_differences")]
    tables = query_together(home, [(sql, ()) for sql in (*SUMS, COLUMNS, *audits)])
    *after, columns, totals, costs, prices = [table.rows for table in tables]
    assert after == before
    schema = "".join(f"{t}.{c} {kind}{'' if nullable else ' NOT NULL'}\n" for t, c, kind, nullable in columns)
    assert schema == GOLDEN.read_text("utf-8")
    assert totals == costs == prices == []
