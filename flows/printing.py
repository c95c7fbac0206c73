"""Tables for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

import orjson
from rich import box
from rich.console import Console
from rich.table import Table as RichTable

from tasks.redaction.vault import redact
from warehouse.query import Table

WIDTH_WITHOUT_TERMINAL = 120


def console() -> Console:
    """Standard output: as wide as the terminal, and of one width where there is none."""
    plain = Console(markup=False)  # a text in brackets is no style
    return plain if plain.is_terminal else Console(width=WIDTH_WITHOUT_TERMINAL, markup=False)


def print_json(value: object) -> None:
    """One JSON document on standard output; money stays exact, as text."""
    print(orjson.dumps(value, default=plain_value, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode())


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
    return str(value)
