"""DuckDB's error messages as people should read them: on one line, without the SQL that they were raised for."""

from __future__ import annotations

import re

import duckdb

_EXCERPT = re.compile(r"\n+LINE (\d+): .*", re.DOTALL)


def message_of(error: duckdb.Error) -> str:
    """The message alone; for SQL of our own, which whoever reads the message did not write."""
    return " ".join(_EXCERPT.sub("", str(error)).split())


def message_on(error: duckdb.Error, sql: str) -> str:
    """The message with the line of the SQL that it is about, where that has several; for SQL that a user wrote."""
    found = _EXCERPT.search(str(error))
    is_long = "\n" in sql.strip()
    return message_of(error) + (f" (line {found[1]} of the query)" if found and is_long else "")
