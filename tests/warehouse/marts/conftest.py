"""A ledger in memory that each test fills with facts, most of whose columns are defaults."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
import yaml

from warehouse.migrating import migrate
from warehouse.sql import sql_names
from warehouse.totals import compute_total

Row = Mapping[str, object]
Facts = Mapping[str, Sequence[Row]]
HERE = Path(__file__).parent
SHAPES = {  # of lists, as `from_json` takes them
    "candidates": '[{"model": "VARCHAR", "eligible": "BOOLEAN", "reason": "VARCHAR", "p_quality": "DOUBLE",'
    ' "p_cost_usd": "DECIMAL(18,9)", "p_latency_s": "DOUBLE", "utility": "DOUBLE"}]',
    "credits": '[{"step": "VARCHAR", "final_step": "VARCHAR", "weight": "DOUBLE"}]',
}
DEFAULTS: Mapping[str, Row] = yaml.safe_load((HERE / "defaults.yaml").read_text("utf-8"))


class Ledger:
    """The schema and marts of this code over the facts that are given."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        listed = connection.execute("SELECT table_name, column_name, data_type FROM duckdb_columns()").fetchall()
        self.types = {(table, column): kind for table, column, kind in listed}

    def fill(self, *several: Facts) -> None:
        """Add facts; a column that neither a fact nor the defaults name is NULL."""
        for facts in several:
            for table, rows in facts.items():
                self.add(table, rows)
        for name in sql_names("totals"):
            self.connection.execute(compute_total(name))

    def add(self, table: str, rows: Sequence[Row]) -> None:
        """Insert rows, given as texts, numbers, booleans, lists and mappings."""
        texts = {
            name: pa.repeat(pa.scalar(as_text(value), pa.string()), len(rows))
            for name, value in DEFAULTS[table].items()
        }
        for name in sorted({name for row in rows for name in row}):
            default = DEFAULTS[table].get(name)
            texts[name] = pa.array([as_text(row.get(name, default)) for row in rows], pa.string())
        values = ", ".join(f"{self.value_of(table, name)} AS {name}" for name in texts)
        if (table, "call_key") in self.types:
            values += ", call_key_of(call_id) AS call_key"
        self.connection.register("given", pa.table(texts))
        self.connection.execute(f"INSERT INTO {table} BY NAME SELECT {values} FROM given")
        self.connection.unregister("given")

    def value_of(self, table: str, column: str) -> str:
        """A column of texts as the table's type: nested ones are JSON."""
        kind = self.types[table, column]
        return f"from_json({column}, '{SHAPES[column]}')" if kind.endswith("[]") else f"{column}::{kind}"

    def rows(self, sql: str) -> list[dict[str, object]]:
        """What a query returns, one mapping per row."""
        result = self.connection.execute(sql)
        columns = [column[0] for column in result.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


def as_text(value: object) -> str | None:
    """A given value as DuckDB casts it."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, list | dict) else str(value)


@pytest.fixture(scope="session")
def empty_ledger() -> Iterator[duckdb.DuckDBPyConnection]:
    """The schema, made once."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        migrate(connection, applied_at=datetime(2026, 11, 1, tzinfo=UTC))
        yield connection


@pytest.fixture
def ledger(empty_ledger: duckdb.DuckDBPyConnection) -> Iterator[Ledger]:
    """A ledger without facts; what a test adds is taken back."""
    empty_ledger.execute("BEGIN")
    yield Ledger(empty_ledger)
    empty_ledger.execute("ROLLBACK")


@pytest.fixture(scope="session")
def make_ledger() -> Callable[[], Ledger]:
    """A maker of ledgers that a whole module may share."""

    def make() -> Ledger:
        connection = duckdb.connect()
        connection.execute("SET TimeZone = 'UTC'")
        migrate(connection, applied_at=datetime(2026, 11, 1, tzinfo=UTC))
        return Ledger(connection)

    return make
