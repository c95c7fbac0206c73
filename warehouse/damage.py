"""Telling that a file of the warehouse is damaged, and what to do about it; and reading one whole to find out."""

from __future__ import annotations

import duckdb

from policies.errors import WorkFailedError
from warehouse.home import Home
from warehouse.sql import sql_text

# DuckDB has no class of its own for damage: these are its words for it.
SIGNS = (
    "Corrupt database file",
    "not a valid DuckDB database file",
    "Could not read enough bytes",
    "deserialize",
    "replaying WAL",
)
LEDGER_REMEDY = (
    "`pointsman rebuild ledger` makes it anew from warehouse.duckdb, `pointsman restore BACKUP` from a backup; "
    "what is in the spool stays and lands afterwards"
)
PUBLISHED_REMEDY = "`pointsman rebuild published` makes it anew from the ledger"


class DamagedError(WorkFailedError):
    """A file of the warehouse is not as DuckDB wrote it, or is missing."""


def is_damage(error: duckdb.Error) -> bool:
    """Whether an error says that a file is not as DuckDB wrote it."""
    return not isinstance(error, duckdb.ProgrammingError) and any(sign in str(error) for sign in SIGNS)


def ledger_failure(home: Home, error: duckdb.Error) -> WorkFailedError:
    """What DuckDB said of the ledger, in one line, with the remedy where it is damaged."""
    if is_damage(error):
        return DamagedError(f"{home.ledger}: {one_line(error)}; {LEDGER_REMEDY}")
    return WorkFailedError(f"{home.ledger}: {one_line(error)}")


def published_failure(home: Home, error: duckdb.Error) -> WorkFailedError:
    """What DuckDB said of the published file, in one line, with the remedy where it is damaged."""
    if is_damage(error):
        return DamagedError(f"{home.published} can't be read: {one_line(error)}; {PUBLISHED_REMEDY}")
    return WorkFailedError(f"{home.published} can't be read: {one_line(error)}")


def read_whole(connection: duckdb.DuckDBPyConnection) -> int:
    """Read every column of every table, so that damage shows; returns the number of rows. Raises `duckdb.Error`."""
    names = connection.execute(sql_text("reads", "table_names")).fetchall()
    counts = [connection.execute(sql_text("reads", "whole_table"), {"name": name}).fetchall() for (name,) in names]
    return sum(n_rows for [(n_rows, _)] in counts)


def one_line(error: Exception) -> str:
    """An error's message with its line breaks and runs of blanks made single blanks."""
    return " ".join(str(error).split())
