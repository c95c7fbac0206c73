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
        [(n_savings,)] = connection.execute("SELECT count(*) FROM savings").fetchall()
        assert n_savings > 600
