"""Every mart over the same calls, row by row; `python -m tests.warehouse.marts.test_golden` writes them anew."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.marts.busy_facts import busy_facts
from tests.warehouse.marts.conftest import Ledger
from warehouse.mart_descriptions import describe_mart, quoted
from warehouse.migrating import migrate
from warehouse.sql import sql_names

GOLDEN = Path(__file__).parents[2] / "golden" / "marts"
DIGITS = 9


@pytest.fixture(scope="module")
def dozen(make_ledger):
    """A dozen calls, an import and searches; tests only read them."""
    ledger = make_ledger()
    ledger.fill(golden_facts())
    return ledger


@pytest.mark.parametrize("mart", sql_names("marts"))
def test_a_mart_over_the_same_calls_is_the_golden_one(dozen, mart: str) -> None:
    expected = (GOLDEN / f"{mart}.csv").read_text("utf-8")
    assert table_of(dozen, mart) == expected, "if meant: python -m tests.warehouse.marts.test_golden"


def golden_facts():
    """What the golden marts are about."""
    usage = {"model": "small", "n_requests": 2, "cost_usd": "0.5"}
    return {**busy_facts(12, seed=1), "imported_usage": [usage]}


def table_of(ledger: Ledger, mart: str) -> str:
    """A mart as CSV, in the order of its grain; nothing is \\N, fractions have nine digits."""
    rows = ledger.rows(f"SELECT * FROM {mart} ORDER BY {', '.join(quoted(name) for name in describe_mart(mart).grain)}")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(describe_mart(mart).columns)
    writer.writerows([cell(value) for value in row.values()] for row in rows)
    return text.getvalue()


def cell(value: object) -> str:
    """One value as it stands in a golden file."""
    if value is None:
        return "\\N"
    return f"{value:.{DIGITS}g}" if isinstance(value, float) else str(value)


def write_golden() -> None:
    """Write every golden file."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        migrate(connection, applied_at=datetime(2026, 11, 1, tzinfo=UTC))
        ledger = Ledger(connection)
        ledger.fill(golden_facts())
        for mart in sql_names("marts"):
            (GOLDEN / f"{mart}.csv").write_text(table_of(ledger, mart), "utf-8")


if __name__ == "__main__":
    write_golden()
