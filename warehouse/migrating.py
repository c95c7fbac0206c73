"""Bringing a ledger to the schema of this code: migrations once each, totals and marts whenever their text changed."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from hashlib import sha256

import duckdb

from policies.errors import WorkFailedError
from warehouse.mart_descriptions import column_comments, description_text, literal
from warehouse.sql import grain_of, sql_names, sql_text
from warehouse.totals import create_total

MART_PREFIX, TOTAL_PREFIX = "mart:", "total:"


def migrate(connection: duckdb.DuckDBPyConnection, *, applied_at: datetime) -> tuple[str, ...]:
    """Apply what is missing, each text in a transaction of its own; returns the names of what was applied.

    Raises `WorkFailedError` for a ledger from a newer version, or one whose applied migration was edited since.
    """
    applied = applied_checksums(connection)
    names = sql_names("migrations")
    unknown = sorted(name for name in applied if is_migration(name) and name not in names)
    if unknown:
        raise WorkFailedError(f"the ledger was written by a newer version: it has migration {unknown[0]}")
    done = [name for name in names if apply_migration(connection, name, applied.get(name), applied_at=applied_at)]
    if done:  # which may have changed facts: totals are made anew
        applied = {name: sum_ for name, sum_ in applied_checksums(connection).items() if is_migration(name)}
    done += [name for name in sql_names("totals") if apply_total(connection, name, applied, applied_at=applied_at)]
    done += [name for name in sql_names("marts") if apply_mart(connection, name, applied, applied_at=applied_at)]
    return tuple(done)


def is_migration(name: str) -> bool:
    """Whether what was applied under a name is a migration, not a total or a mart."""
    return not name.startswith((MART_PREFIX, TOTAL_PREFIX))


def applied_checksums(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """What was applied before, name to checksum; nothing for a new file."""
    tables = connection.execute("SELECT table_name FROM duckdb_tables() WHERE table_name = 'migrations'").fetchall()
    if not tables:
        return {}
    return dict(connection.execute("SELECT name, checksum FROM migrations").fetchall())


def apply_migration(
    connection: duckdb.DuckDBPyConnection, name: str, known: str | None, *, applied_at: datetime
) -> bool:
    """Apply one migration if it is missing; true if it was."""
    text = sql_text("migrations", name)
    if known is None:
        apply(connection, name, text, checksum=checksum_of(text), applied_at=applied_at)
        return True
    if known != checksum_of(text):
        raise WorkFailedError(f"migration {name} was edited after it was applied: add a new one instead")
    return False


def apply_total(
    connection: duckdb.DuckDBPyConnection, name: str, applied: dict[str, str], *, applied_at: datetime
) -> bool:
    """Make or replace one total, computed from all facts, if its definition is new; true if it was."""
    text = create_total(name)
    if applied.get(TOTAL_PREFIX + name) == checksum_of(text):
        return False
    apply(connection, TOTAL_PREFIX + name, text, checksum=checksum_of(text), applied_at=applied_at)
    return True


def apply_mart(
    connection: duckdb.DuckDBPyConnection, name: str, applied: dict[str, str], *, applied_at: datetime
) -> bool:
    """Make or replace the view of one mart if its text or description is new; true if it was."""
    text = sql_text("marts", name)
    checksum = checksum_of(text + description_text(name))
    if applied.get(MART_PREFIX + name) == checksum:
        return False
    comment = f"COMMENT ON VIEW {name} IS {literal(grain_of(text))};"
    view = f"CREATE OR REPLACE VIEW {name} AS\n{text.rstrip().rstrip(';')};\n{comment}\n{column_comments(name)}"
    apply(connection, MART_PREFIX + name, view, checksum=checksum, applied_at=applied_at)
    return True


def apply(connection: duckdb.DuckDBPyConnection, name: str, text: str, *, checksum: str, applied_at: datetime) -> None:
    """Run one text and note it, both or neither."""
    connection.execute("BEGIN")
    try:
        connection.execute(text)
        connection.execute("INSERT OR REPLACE INTO migrations VALUES (?, ?, ?)", [name, checksum, applied_at])
        connection.execute("COMMIT")
    except duckdb.Error:
        with suppress(duckdb.Error):  # a full disk may have ended the transaction already; the first error counts
            connection.execute("ROLLBACK")
        raise


def checksum_of(text: str) -> str:
    """The sha256 of a text."""
    return sha256(text.encode()).hexdigest()
