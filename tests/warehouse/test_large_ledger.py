"""The ledger that benchmarks are run on is one that lands could have made."""

from __future__ import annotations

import duckdb

from tests.benchmarks.large_ledger.building import fill
from warehouse.sql import sql_text


def test_its_totals_costs_and_prices_are_what_its_facts_say() -> None:
    with duckdb.connect() as connection:
        fill(connection, 3_000)
        assert connection.execute("SELECT count(*), sum(attempts) - 3000 > 40 FROM calls").fetchall() == [(3_000, True)]
        for audit in ("audit_totals", "audit_costs", "reprice_differences"):
            assert connection.execute(sql_text("queries", audit)).fetchall() == []
        replayable = "state IS NOT NULL AND fallbacks IS NOT NULL AND features ->> 'asked_at' IS NOT NULL"
        assert connection.execute(f"SELECT count(*), count(text) FROM decisions WHERE {replayable}").fetchall() == [
            (3_000, 0)
        ]
        [(n_savings,)] = connection.execute("SELECT count(*) FROM savings").fetchall()
        assert n_savings > 600


def test_it_has_texts_where_they_are_asked_for() -> None:
    with duckdb.connect() as connection:
        fill(connection, 300, with_texts=True)
        assert connection.execute("SELECT count(DISTINCT text), min(length(text)) > 50 FROM decisions").fetchall() == [
            (300, True)
        ]
        lacking = "prompt_text IS NULL OR (response_text IS NULL) <> (input_tokens IS NULL)"
        assert connection.execute(f"SELECT count(*) FROM attempts WHERE {lacking}").fetchall() == [(0,)]
