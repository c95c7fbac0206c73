"""The rows of a batch file as JSON objects, each with its line."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from policies.errors import BadInputError
from warehouse.batch_duckdb import fetch_rows, refuse_same_columns
from warehouse.batch_values import JsonValue
from warehouse.messages import message_of

MAX_CELL_CHARACTERS = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line that it ends on (of Parquet: its number), from 1, and its fields."""

    line: int
    fields: dict[str, JsonValue]


class BadJsonError(ValueError):
    """What the JSON standard forbids or leaves open, and Python's parser lets pass."""


def decode(line: bytes, path: Path, number: int) -> str:
    """A line's bytes as text."""
    if b"\x00" in line:
        raise BadInputError("contains a NUL byte", file=path, line=number)
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInputError(f"is not UTF-8 at byte {error.start + 1}", file=path, line=number) from error


def parse_object(text: str, path: Path, number: int) -> dict[str, JsonValue]:
    """One JSON object; raises `BadInputError` for anything else, for repeated keys, and for NaN and infinities."""
    try:
        value = STRICT.decode(text)
    except json.JSONDecodeError as error:
        raise BadInputError(f"is not JSON: {error.msg} at column {error.colno}", file=path, line=number) from error
    except RecursionError as error:
        raise BadInputError("is nested too deep", file=path, line=number) from error
    except ValueError as error:
        raise BadInputError(f"is not usable JSON: {error}", file=path, line=number) from error
    if not isinstance(value, dict):
        raise BadInputError("must be a JSON object", file=path, line=number, value=value)
    return value


def unique_pairs(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    """The object of some pairs; raises `BadJsonError` at a key that stands twice."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        key, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        raise BadJsonError(f"key {key!r} stands twice")
    return fields


def refuse_constant(name: str) -> JsonValue:
    """Raise `BadJsonError` for NaN, Infinity and -Infinity, which are not JSON."""
    raise BadJsonError(f"{name} is not a JSON value")


def finite(literal: str) -> float:
    """A literal as a number; raises `BadJsonError` if it is too large for one."""
    number = float(literal)
    if number in (float("inf"), float("-inf")):
        raise BadJsonError(f"{literal[:40]} is too large a number")
    return number


def refuse_header(header: list[str], path: Path) -> None:
    """Raise `BadInputError` for column names that are empty or stand twice."""
    for name, n in Counter(header).items():
        if not name.strip():
            raise BadInputError("a column has no name", file=path, line=1)
        if n > 1:
            raise BadInputError("column stands twice", file=path, line=1, field=name)


def fields_of(header: list[str], cells: list[str], path: Path, line: int) -> dict[str, JsonValue]:
    """One row's cells by column; raises `BadInputError` if there are more or fewer than columns."""
    if len(cells) != len(header):
        raise BadInputError(f"has {len(cells)} cells under {len(header)} columns", file=path, line=line)
    return dict(zip(header, cells, strict=True))


def read_parquet(path: Path) -> Iterator[Row]:
    """The rows of a Parquet file, converted to JSON by DuckDB; times become text."""
    try:
        refuse_same_columns(path)
        texts = fetch_rows("parquet_rows", path)
    except duckdb.Error as error:
        raise BadInputError(f"is not readable Parquet: {message_of(error)}", file=path) from error
    for number, (text,) in enumerate(texts, 1):
        yield Row(number, parse_object(text, path, number))


STRICT = json.JSONDecoder(object_pairs_hook=unique_pairs, parse_constant=refuse_constant, parse_float=finite)
