"""Whether a text is SQL, by DuckDB's parser; nothing is planned or run."""

from __future__ import annotations

import os
from functools import lru_cache

import duckdb

from warehouse.messages import message_on


def sql_problem(text: str) -> str | None:
    """Why a text is not SQL in one line, or None where it is one statement or more."""
    try:
        text.encode()
    except UnicodeEncodeError as error:  # half a surrogate pair
        return str(error)
    try:
        with parser_of(os.getpid()).cursor() as connection:
            statements = connection.extract_statements(text)
    except duckdb.Error as error:
        return message_on(error, text)
    return None if statements else "no statement"


@lru_cache(maxsize=1)
def parser_of(process: int) -> duckdb.DuckDBPyConnection:  # noqa: ARG001  # a fork must not share its parent's
    """An empty database in memory, one per process: to open one takes longer than to parse."""
    return duckdb.connect(config={"threads": 1})
