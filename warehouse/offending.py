"""The rows that break an expectation, as a query that can be pasted: the suite's SQL, with the rule as its filter."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeAlias, cast

import duckdb

from warehouse.validation_schema import Expectation

Node: TypeAlias = dict[str, object]  # of DuckDB's syntax tree
RAN_AT = "$ran_at::TIMESTAMPTZ"
EVERYTHING = "SELECT *"


def offending_query(measures: str, expectation: Expectation, *, ran_at: datetime) -> str | None:
    """The query that finds the rows which break an expectation over the table of measures, SQL with one parameter.

    Of a count it is what the count is filtered by, else what the expectation itself names as its `rows`; None where
    there is neither, as of a table that is empty. DuckDB takes the SQL apart and puts it together again.
    """
    at = f"TIMESTAMPTZ '{ran_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}+00'"
    with duckdb.connect() as connection:
        tree = parse(connection, measures.replace(RAN_AT, at))
        measured = node_of(tree)
        if expectation.rows is not None:
            wanted = parse(connection, expectation.rows.replace(RAN_AT, at))
            node_of(wanted)["cte_map"] = measured["cte_map"]
            return unparse(connection, wanted)
        columns = {column["alias"]: column for column in cast("list[Node]", measured["select_list"])}
        condition = columns[expectation.column].get("filter")
        if condition is None:
            return None
        everything = node_of(parse(connection, EVERYTHING))
        measured |= {"where_clause": condition, "select_list": everything["select_list"]}
        return unparse(connection, tree)


def parse(connection: duckdb.DuckDBPyConnection, sql: str) -> Node:
    """The syntax tree of one statement; raises ValueError where it is none."""
    tree = json.loads(one_text(connection, "SELECT json_serialize_sql(?)", sql))
    if tree["error"]:
        raise ValueError(f"{tree['error_message']}: {sql}")
    return cast(Node, tree)


def unparse(connection: duckdb.DuckDBPyConnection, tree: Node) -> str:
    """The SQL of a syntax tree."""
    return one_text(connection, "SELECT json_deserialize_sql(?)", json.dumps(tree))


def one_text(connection: duckdb.DuckDBPyConnection, sql: str, parameter: str) -> str:
    """The one value of a query."""
    row = connection.execute(sql, [parameter]).fetchone()
    return str(row[0]) if row else ""


def node_of(tree: Mapping[str, object]) -> Node:
    """The select of a tree's first statement, which may be changed."""
    (statement, *_) = cast("list[Node]", tree["statements"])
    return cast(Node, statement["node"])
