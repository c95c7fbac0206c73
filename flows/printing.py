"""Tables for people, JSON for programs."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

import orjson
from rich import box
from rich.console import Console
from rich.table import Table as RichTable

from tasks.redaction.vault import redact
from warehouse.batch_values import INTEGERS
from warehouse.query import Table

WIDTH_WITHOUT_TERMINAL = 120
_CONTROLS = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f]")  # a terminal would obey some of them
_NOT_ASCII = re.compile("[^\\x00-\\x7f]")


class PlainConsole(Console):
    """A console that takes text for text, and leaves it to the command what to do when nobody reads it."""

    def on_broken_pipe(self) -> None:
        """Let the error pass on that made Rich call this; by itself Rich ends the process."""
        raise BrokenPipeError


def console() -> Console:
    """Standard output: as wide as the terminal, and of one width where there is none."""
    plain = PlainConsole(markup=False)  # a text in brackets is no style
    return plain if plain.is_terminal else PlainConsole(width=WIDTH_WITHOUT_TERMINAL, markup=False)


def print_json(value: object) -> None:
    """One JSON document on standard output; money and integers beyond 64 bits stay exact, as text."""
    text = json_of(value)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = _NOT_ASCII.sub(lambda found: json.dumps(found[0])[1:-1], text)
    print(text)


def json_of(value: object) -> str:
    """A value as JSON; rows of a query, which may hold what orjson refuses, in its words."""
    option = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS
    try:
        return orjson.dumps(value, default=plain_value, option=option).decode()
    except TypeError:
        return orjson.dumps(fitted(value), default=plain_value, option=option).decode()


def fitted(value: object) -> object:
    """A value whose large integers, and whose keys of other kinds, are text."""
    match value:
        case int() if value not in INTEGERS:
            return str(value)
        case dict():
            return {key if isinstance(key, str) else str(plain_value(key)): fitted(one) for key, one in value.items()}
        case list() | tuple():
            return [fitted(one) for one in value]
    return value


def plain_value(value: object) -> object:
    """What JSON has no word for."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, frozenset | set):
        return sorted(value)
    return str(value)


def rows_of(table: Table) -> list[dict[str, object]]:
    """A table as one mapping per row."""
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def print_table(table: Table, *, as_json: bool, title: str | None = None) -> None:
    """A query's result, as a grid or as a JSON list of rows."""
    if as_json:
        print_json(rows_of(table))
    else:
        print_grid(table.columns, table.rows, title=title)


def print_grid(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str | None = None) -> None:
    """Rows under their columns; numbers to the right."""
    rows = list(rows)
    grid = RichTable(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for number, column in enumerate(columns):
        is_number = any(isinstance(row[number], int | float | Decimal) for row in rows)
        grid.add_column(column, justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        grid.add_row(*(redact(cell(value)) for value in row))  # before a cell is folded
    console().print(grid)


def cell(value: object) -> str:
    """One value as people read it; nothing known is a dash."""
    match value:
        case None:
            return "–"
        case Decimal():
            return f"{value.normalize():f}" if value else "0"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.3g}"
        case datetime():
            return value.isoformat(sep=" ", timespec="seconds")
    return _CONTROLS.sub(lambda found: ascii(found[0])[1:-1], str(value))
