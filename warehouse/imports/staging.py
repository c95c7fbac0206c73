"""An export read into a DuckDB of its own, in memory, where SQL maps and checks it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import duckdb
import pyarrow as pa

from policies.errors import BadInputError, WorkFailedError
from warehouse.damage import one_line
from warehouse.imports.rows import BadRow, Expander, Export, GoodRow, Unit, open_export
from warehouse.sql import sql_text

BATCH_ROWS = 5_000
MEMORY = "1GB"

FactT = TypeVar("FactT")


@dataclass(frozen=True, slots=True)
class Staging:
    """An export's rows as the table `raw`, and those that could not be read; valid while its block lasts."""

    connection: duckdb.DuckDBPyConnection
    path: Path
    unit: Unit
    n_rows: int
    unreadable: tuple[BadRow, ...]

    def make(self, table: str, sql: str, parameters: Mapping[str, object] | None = None) -> None:
        """Make a table of what `warehouse/imports/<sql>.sql` returns."""
        text = f"CREATE OR REPLACE TABLE {table} AS\n{sql_text('imports', sql)}"
        self.connection.execute(text, dict(parameters or {}))

    def see(self, view: str, sql: str) -> None:
        """Make a view of what `warehouse/imports/<sql>.sql` returns: texts are large, and need not be copied."""
        self.connection.execute(f"CREATE OR REPLACE VIEW {view} AS\n{sql_text('imports', sql)}")

    def read(self, sql: str, fact: Callable[..., FactT]) -> Iterator[FactT]:
        """The rows of `warehouse/imports/<sql>.sql`, whose columns are the fields of `fact`, in their order.

        Rows come in batches, from a cursor of their own: an export may be larger than memory should hold as objects.
        """
        cursor = self.connection.cursor()
        cursor.execute("SET TimeZone = 'UTC'")
        cursor.execute(sql_text("imports", sql))
        while rows := cursor.fetchmany(BATCH_ROWS):
            yield from (fact(*row) for row in rows)

    def complaints(self) -> tuple[BadRow, ...]:
        """Everything that is wrong with the rows of the table `checked`, unreadable ones included, in their order."""
        found = (*self.unreadable, *self.read("complaints", BadRow))
        return tuple(sorted(found, key=lambda bad: bad.number))


@contextmanager
def stage_export(path: Path, *, expand: Expander) -> Iterator[Staging]:
    """Read an export into memory; raises `BadInputError` for a file that can't be read or holds no rows.

    Raises `WorkFailedError` where memory and disk do not suffice. What does not fit into memory is spilled to a folder
    that is removed again: texts are not redacted yet.
    """
    export = open_export(path, expand=expand)
    with import_errors(path), TemporaryDirectory() as spill, open_memory(spill) as connection:
        count = load(connection, export)
        if count.n_rows == 0:
            raise BadInputError("holds no rows", file=path)
        yield Staging(connection, path, export.unit, count.n_rows, tuple(count.unreadable))


@contextmanager
def import_errors(path: Path) -> Iterator[None]:
    """Turn DuckDB's errors into `WorkFailedError` that names the export."""
    try:
        yield
    except duckdb.Error as error:
        raise WorkFailedError(f"{path}: {one_line(error)}") from error


def open_memory(spill: str) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory, with the macros and the table `raw`, that spills to a folder what exceeds its share."""
    connection = duckdb.connect(":memory:")
    connection.execute(f"SET temp_directory = '{spill}'")
    connection.execute(f"SET memory_limit = '{MEMORY}'")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(sql_text("imports", "macros"))
    connection.execute("CREATE TABLE raw (line BIGINT, content JSON)")
    return connection


@dataclass(slots=True)
class Count:
    """The rows that were read, and those that could not be."""

    n_rows: int = 0
    unreadable: list[BadRow] = field(default_factory=list)


def load(connection: duckdb.DuckDBPyConnection, export: Export) -> Count:
    """Put an export's good rows into the table `raw`."""
    count = Count()
    rows = iter(export.rows)
    while batch := list(islice(rows, BATCH_ROWS)):
        count.n_rows += len(batch)
        count.unreadable += [row for row in batch if isinstance(row, BadRow)]
        insert_raw(connection, [row for row in batch if isinstance(row, GoodRow)])
    return count


def insert_raw(connection: duckdb.DuckDBPyConnection, rows: Iterable[GoodRow]) -> None:
    """Insert rows into the table `raw`."""
    rows = list(rows)
    lines = pa.table(
        {
            "line": pa.array([row.number for row in rows], pa.int64()),
            "content": pa.array([row.text for row in rows], pa.string()),
        }
    )
    connection.register("lines", lines)
    connection.execute("INSERT INTO raw SELECT line, content::JSON FROM lines")
    connection.unregister("lines")
