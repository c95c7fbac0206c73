"""DuckDB's messages in one line, without the SQL that they are about."""

from __future__ import annotations

import duckdb
import pytest

from warehouse.messages import message_of, message_on


def error_of(sql: str) -> duckdb.Error:
    with duckdb.connect() as connection, pytest.raises(duckdb.Error) as caught:
        connection.execute(sql).fetchall()
    return caught.value


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELEC 1", 'Parser Error: syntax error at or near "SELEC"'),
        ("SELECT 'x'::INTEGER", "Conversion Error: Could not convert string 'x' to INT32"),
        ("FROM read_parquet('/nowhere')", 'IO Error: No files found that match the pattern "/nowhere"'),
    ],
)
def test_the_message_is_told_without_its_sql(sql: str, expected: str) -> None:
    assert message_of(error_of(sql)) == message_on(error_of(sql), sql) == expected


def test_of_a_users_long_query_the_line_is_told() -> None:
    sql = "SELECT 1,\n  2\nFRM calls"
    assert message_on(error_of(sql), sql).endswith('near "calls" (line 3 of the query)')
