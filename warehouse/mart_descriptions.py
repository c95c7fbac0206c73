"""The descriptions that lie beside marts and totals, and the comments on columns that are made of them."""

from __future__ import annotations

from functools import cache

from policies.documents import parse_document
from warehouse.mart_schema import MartDescription
from warehouse.sql import HERE


@cache
def description_text(name: str) -> str:
    """The text of `NAME.yaml` beside a mart's or a total's SQL; "" where there is none."""
    paths = (HERE / folder / f"{name}.yaml" for folder in ("marts", "totals"))
    return next((path.read_text("utf-8") for path in paths if path.exists()), "")


@cache
def describe_mart(name: str) -> MartDescription:
    """A mart's or a total's description; raises `BadInputError` where the file is not one."""
    return parse_document(description_text(name), MartDescription, file=f"{name}.yaml")


def column_comments(name: str) -> str:
    """The statements that tell DuckDB what each column of a mart or a total means; "" without a description."""
    if not description_text(name):
        return ""
    return "\n".join(
        f"COMMENT ON COLUMN {name}.{quoted(column)} IS {literal(meaning)};"
        for column, meaning in describe_mart(name).columns.items()
    )


def quoted(name: str) -> str:
    """A column's name as SQL takes it, dots and capitals too."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"
