"""`pointsman query` and `pointsman marts`: the warehouse in SQL."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.commands.options import AsJson
from flows.printing import print_grid, print_json, print_table
from policies.errors import BadInputError
from tasks.settings import current_home
from warehouse import query as warehouse_query


def query(
    sql: Annotated[str | None, typer.Argument(help="One SELECT over the warehouse.")] = None,
    named: Annotated[str | None, typer.Option(help="A query that ships with Pointsman; without SQL.")] = None,
    parameter: Annotated[
        list[str] | None, typer.Option("--param", "-p", help="NAME=VALUE, for $NAME in the query.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Query the cost warehouse, read only; any DuckDB client may open the same file."""
    if (sql is None) == (named is None):
        raise BadInputError(f"give SQL, or --named with one of {', '.join(warehouse_query.list_queries())}")
    parameters = parameters_of(parameter or [])
    if named is not None:
        table = warehouse_query.named_query(current_home(), named, parameters=parameters)
    else:
        table = warehouse_query.query(current_home(), sql or "", parameters=parameters)
    print_table(table, as_json=as_json)


def parameters_of(texts: list[str]) -> dict[str, str]:
    """`NAME=VALUE` texts as a mapping."""
    pairs = [text.partition("=") for text in texts]
    for name, equals, _ in pairs:
        if not (name and equals):
            raise BadInputError("must be NAME=VALUE", field="--param", value=name)
    return {name: value for name, _, value in pairs}


def marts(as_json: AsJson = False) -> None:
    """List the marts: the views that are made for reports."""
    listed = warehouse_query.list_marts()
    if as_json:
        print_json(listed)
    else:
        print_grid(("mart", "grain"), list(listed.items()))
