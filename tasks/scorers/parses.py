"""Whether the output is program text that can be read: Python, JSON or SQL. Nothing is ever run."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Mapping

from tasks.jobs.context import RenderError
from tasks.jobs.outputs import parse_json, short
from tasks.scorers.sample import Sample, Verdict
from tasks.scorers.specs import Syntax

MAX_TEXT = 50_000  # what takes seconds to read, where it is nested on purpose
JUDGED = "<judged code>"
FENCED = re.compile(r"^[ \t]*```[ \t]*([\w+-]*)[^\n]*\n(.*?)^[ \t]*```[ \t]*$", re.MULTILINE | re.DOTALL)
# what fences call a syntax
NAMES: Mapping[Syntax, frozenset[str]] = {
    "python": frozenset({"", "python", "python3", "py"}),
    "json": frozenset({"", "json"}),
    "sql": frozenset({"", "sql", "duckdb", "postgresql", "postgres", "sqlite", "mysql"}),
}


def parses(sample: Sample) -> Verdict | None:
    """1 where the output can be parsed as `syntax` (python, json or sql), else 0 with the first error.

    Where it has fenced blocks of that syntax, or of none, each of them must parse and the prose around them is not
    read; else the whole must. SQL is DuckDB's, close to PostgreSQL's. More than 50,000 characters have no score.
    """
    syntax = sample.spec.syntax
    if syntax is None or len(sample.text) > MAX_TEXT:
        return None
    blocks = blocks_of(sample.text, syntax)
    for number, block in enumerate(blocks, 1):
        problem = PARSERS[syntax](block)
        if problem is not None:
            return Verdict(0.0, short(problem if len(blocks) == 1 else f"block {number}: {problem}"))
    return Verdict(1.0, "parses")


def blocks_of(text: str, syntax: Syntax) -> list[str]:
    """The fenced blocks of a syntax, or the whole text where there are none."""
    fenced = [body for name, body in FENCED.findall(text) if name.casefold() in NAMES[syntax]]
    return fenced or [text]


def python_problem(text: str) -> str | None:
    """Why a text is not Python in one line, or None where it is."""
    # An odd escape in judged code is no business of this process: it would be told on standard error, or raise.
    warnings.filterwarnings("ignore", module=re.escape(JUDGED))
    try:
        return None if ast.parse(text.strip("\n"), JUDGED).body else "no statement"
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}" if error.lineno else error.msg
    except (RecursionError, MemoryError):
        return "nested too deeply to be parsed"
    except ValueError as error:  # half a surrogate pair
        return str(error)


def json_problem(text: str) -> str | None:
    """Why a text is not JSON in one line, or None where it is."""
    try:
        parse_json(text)
    except RenderError as error:
        return str(error)
    return None


def sql_problem(text: str) -> str | None:
    """Why a text is not SQL in one line, or None where it is."""
    from warehouse import sql_syntax  # brings in DuckDB, which a run's processes rarely need

    return sql_syntax.sql_problem(text)


PARSERS: Mapping[Syntax, Callable[[str], str | None]] = {
    "python": python_problem,
    "json": json_problem,
    "sql": sql_problem,
}
