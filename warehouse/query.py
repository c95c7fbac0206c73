"""SQL on the published file, for people and for named queries: read-only, and shut off from every other file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import duckdb

from policies.errors import BadInputError, WorkFailedError
from warehouse.column_names import distinct_names
from warehouse.damage import is_damage, published_failure
from warehouse.home import Home
from warehouse.messages import message_of, message_on
from warehouse.sql import grain_of, sql_names, sql_text

if TYPE_CHECKING:
    import pyarrow as pa

READER_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "python_enable_replacements": False,
}
LOCK_DOWN = "USE warehouse; SET TimeZone = 'UTC'; SET enable_external_access = false; SET lock_configuration = true"


Parameters: TypeAlias = Sequence[object] | Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Table:
    """What a query returned: column names, and rows of plain Python values (Decimal, datetime in UTC, list, dict).

    No two names are equal, to DuckDB's eyes: where the query gave some twice, they are numbered as in a table of them.
    """

    columns: tuple[str, ...]
    rows: list[tuple[object, ...]]


def query(home: Home, sql: str, *, parameters: Parameters = ()) -> Table:
    """Run SQL on what was published last; of several statements the last one's rows are returned.

    Raises `BadInputError` with DuckDB's message on one line, or if nothing was published yet; `WorkFailedError` if
    the file is damaged or memory runs out.
    """
    [table] = query_together(home, [(sql, parameters)])
    return table


def query_together(home: Home, queries: Sequence[tuple[str, Parameters]]) -> list[Table]:
    """Run several queries on one and the same publication; raises like `query`."""
    tables: list[Table] = []
    with open_published(home) as connection:
        for sql, parameters in queries:
            with telling(home, sql):
                result = connection.execute(sql, parameters or None)
                columns = distinct_names([column[0] for column in result.description or ()])
                tables.append(Table(columns, result.fetchall() if columns else []))
    return tables


def query_arrow(home: Home, sql: str, *, parameters: Parameters = ()) -> pa.Table:
    """As `query`, by columns: for what has more rows than Python should see one by one."""
    with open_published(home) as connection, telling(home, sql):
        return connection.sql(sql, params=parameters or None).to_arrow_table()


@contextmanager
def telling(home: Home, sql: str) -> Iterator[None]:
    """Raise what DuckDB has against a query as an error of ours."""
    if not sql.strip():
        raise BadInputError("the query is empty")
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise WorkFailedError(f"the query needs too much memory: {message_of(error)}") from error
    except duckdb.Error as error:
        if is_damage(error):
            raise published_failure(home, error) from error
        raise BadInputError(message_on(error, sql)) from error


def open_published(home: Home) -> duckdb.DuckDBPyConnection:
    """Open what was published last for reading; it can't write, nor see any other file, nor lift that by SET."""
    if not home.published.exists():
        raise BadInputError("there is no warehouse yet: run a job or `pointsman land` first", file=home.published)
    # An instance of its own, with the file attached: connections straight to one file share an instance within a
    # process, and with it the locked settings, and the old file for as long as any of them is open.
    spill = {"temp_directory": str(home.root / "query.tmp")}  # by default it is in the current folder, for all to read
    connection = duckdb.connect(":memory:", config=READER_CONFIG | spill)
    path = str(home.published).replace("'", "''")
    try:
        connection.execute(f"ATTACH '{path}' AS warehouse (READ_ONLY)")
        connection.execute(LOCK_DOWN)
    except duckdb.Error as error:
        connection.close()
        raise published_failure(home, error) from error
    return connection


def named_query(home: Home, name: str, *, parameters: Mapping[str, object] | None = None) -> Table:
    """Run `warehouse/queries/<name>.sql`; raises `BadInputError` for a name that is not there."""
    if name not in sql_names("queries"):
        raise BadInputError(f"no such query; there are {', '.join(sql_names('queries'))}", field="named", value=name)
    return query(home, sql_text("queries", name), parameters=parameters or {})


def list_queries() -> Mapping[str, str]:
    """The named queries, each with what one row of it is."""
    return {name: grain_of(sql_text("queries", name)) for name in sql_names("queries")}


def list_marts() -> Mapping[str, str]:
    """The marts, each with what one row of it is."""
    return {name: grain_of(sql_text("marts", name)) for name in sql_names("marts")}
