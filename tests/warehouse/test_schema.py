"""The final schema, golden; and that everything in it says what it means."""

from __future__ import annotations

from pathlib import Path

import pytest

from warehouse.landing import land
from warehouse.query import query
from warehouse.sql import HERE

GOLDEN = Path(__file__).with_name("golden_schema.txt")
COLUMNS = """
SELECT table_name, column_name, data_type, is_nullable
FROM duckdb_columns()
WHERE NOT internal
ORDER BY table_name, column_index
"""


@pytest.fixture(scope="module")
def schema(make_world):
    """A home that nothing was landed in but the schema."""
    home = make_world().home
    land(home)
    return home


def test_the_schema_is_the_golden_one(schema) -> None:
    lines = [
        f"{table}.{column} {kind}{'' if nullable else ' NOT NULL'}"
        for table, column, kind, nullable in query(schema, COLUMNS).rows
    ]
    assert "\n".join(lines) + "\n" == GOLDEN.read_text("utf-8"), "if meant: write the new schema to the golden file"


def test_every_table_and_view_and_every_column_has_a_comment(schema) -> None:
    names = "SELECT {0}_name, comment FROM duckdb_{0}s() WHERE NOT internal"
    for kind in ("table", "view"):
        for name, comment in query(schema, names.format(kind)).rows:
            assert comment is not None, name
            assert comment.startswith("One row per "), name
    uncommented = "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal AND comment IS NULL"
    assert query(schema, uncommented).rows == []


def test_every_sql_file_states_its_grain_in_its_first_line() -> None:
    for path in HERE.rglob("*.sql"):
        if path.parent.name != "migrations":
            assert path.read_text("utf-8").startswith("-- One row"), path


def test_money_is_decimal_and_times_are_utc_instants(schema) -> None:
    for table, column, kind, _ in query(schema, COLUMNS).rows:
        if column.endswith("_usd") and not column.startswith("mean_"):
            assert kind == "DECIMAL(18,9)", (table, column)
        if column.endswith("_at") or column in ("valid_from", "valid_to", "data_from", "data_to"):
            assert kind == "TIMESTAMP WITH TIME ZONE", (table, column)
