"""Batch files as DuckDB reads them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb

from policies.errors import BadInputError, WorkFailedError
from warehouse.column_names import same_names
from warehouse.messages import message_of
from warehouse.sql import sql_text

_PATTERN = re.compile(r"[*?\[]")


def fetch_rows(name: str, path: Path, **more: int) -> list[tuple[str, ...]]:
    """The rows of `warehouse/reads/<name>.sql` for a file; raises `duckdb.Error`, and `WorkFailedError` without memory.

    DuckDB takes a path for a pattern, so what would be one in it is quoted.
    """
    parameters: Mapping[str, str | int] = {"path": _PATTERN.sub(r"[\g<0>]", str(path)), **more}
    try:
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            return connection.execute(sql_text("reads", name), parameters).fetchall()
    except duckdb.OutOfMemoryException as error:
        raise WorkFailedError(f"{path} needs too much memory: {message_of(error)}") from error


def refuse_same_columns(path: Path) -> None:
    """Raise `BadInputError` where a Parquet file has two columns, or members of one struct, of one name to DuckDB.

    It would rename one of them.
    """
    for parent, names in siblings(fetch_rows("parquet_elements", path)).items():
        if (same := same_names(names)) is not None:
            first, second = ("".join([parent, name]) for name in same)
            raise BadInputError(f"is the same column as {first!r} to DuckDB; rename one", file=path, field=second)


def siblings(elements: Iterable[tuple[str, ...]]) -> dict[str, list[str]]:
    """The names of a schema's elements by the dotted path of their parent; `elements` as `parquet_elements` gives them.

    A schema is a tree, written down parents first, each with the number of its members.
    """
    names: dict[str, list[str]] = {}
    open_parents: list[tuple[str, int]] = []
    for name, n_members in elements:
        prefix = ""
        if open_parents:
            prefix, n_left = open_parents.pop()
            names.setdefault(prefix, []).append(name)
            open_parents += [(prefix, n_left - 1)] * (n_left > 1)
            prefix += f"{name}."
        open_parents += [(prefix, int(n_members))] * (int(n_members) > 0)
    return names
