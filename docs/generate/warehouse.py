"""`docs/warehouse.md`: every table, view and column, from the schema that the code makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from docs.generate.markdown import code, page, table
from warehouse.schema_reference import Column, Kind, Relation
from warehouse.validation_schema import Suite

INTRODUCTION = """\
`pointsman query "SELECT …"` and any DuckDB client read the file `warehouse.duckdb` in `.pointsman` (or the folder that
`POINTSMAN_HOME` names). It is a copy of the private ledger, replaced as a whole by every `pointsman land` and at the
end of every run. Money is `DECIMAL(18,9)` USD, times are UTC, durations are seconds. NULL is unknown, never zero.

Start with `calls`, `runs` and the marts; the tables below them are the facts that they are made of."""

HEADINGS: Mapping[Kind, str] = {
    "view": "Views",
    "mart": "Marts",
    "table": "Tables",
}


def describe_warehouse(relations: Sequence[Relation], queries: Mapping[str, str], suites: Mapping[str, Suite]) -> str:
    """The whole page; `queries` are the named queries, each with its grain, `suites` what the facts are checked for."""
    parts = [INTRODUCTION]
    for kind, heading in HEADINGS.items():
        parts.append(f"## {heading}")
        parts += [describe_relation(relation) for relation in relations if relation.kind == kind]
    named = table(("query", "grain"), [(code(name), grain) for name, grain in queries.items()])
    usage = "`pointsman query --named NAME -p PARAMETER=VALUE` runs a query that ships with Pointsman."
    return page("The warehouse", *parts, "## Named queries", usage, named, *describe_expectations(suites))


def describe_expectations(suites: Mapping[str, Suite]) -> Sequence[str]:
    """What `pointsman validate` checks, table by table."""
    explained = "`pointsman validate` checks these; a critical failure keeps new weights from coming into force."
    rows = [
        (code(suite.table), expectation.name, expectation.severity, expectation.why)
        for suite in suites.values()
        for expectation in suite.expectations
    ]
    return ["## Expectations", explained, table(("table", "expectation", "severity", "why"), rows)]


def describe_relation(relation: Relation) -> str:
    """One table or view: grain, key, columns, conditions."""
    shown = ["column", "type", "NULL", "meaning"] if relation.kind == "table" else ["column", "type", "meaning"]
    rows = [[told[name] for name in shown] for told in (describe_column(column) for column in relation.columns)]
    parts = [f"### {relation.name}", relation.grain]
    if relation.key:
        parts.append(f"Key: {', '.join(code(name) for name in relation.key)}.")
    parts.append(table(shown, rows))
    if relation.checks:
        parts.append("Holds for every row: " + "; ".join(code(condition_of(text)) for text in relation.checks) + ".")
    return "\n\n".join(parts)


def describe_column(column: Column) -> Mapping[str, str]:
    """One column by the headings that it may stand under."""
    return {
        "column": code(column.name),
        "type": code(column.data_type),
        "NULL": "yes" if column.is_nullable else "",
        "meaning": column.meaning,
    }


def condition_of(text: str) -> str:
    """`CHECK((a >= 0))` without what DuckDB puts around it."""
    text = text.removeprefix("CHECK")
    while text.startswith("(") and closes_at_end(text):
        text = text[1:-1]
    return text


def closes_at_end(text: str) -> bool:
    """Whether the parenthesis that opens a text is closed by its last character."""
    depth = 0
    for position, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return position == len(text) - 1
    return False
