"""The objects of an export, whatever its format, as JSON texts with keys in snake case."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeAlias

from policies.errors import BadInputError
from warehouse.batch import refuse_unreadable
from warehouse.batch_rows import (
    MAX_CELL_CHARACTERS,
    decode,
    fields_of,
    finite,
    parse_object,
    read_parquet,
    refuse_constant,
    refuse_header,
    unique_pairs,
)
from warehouse.batch_values import JsonValue, refuse_unusable

Unit: TypeAlias = Literal["line", "row"]
Object: TypeAlias = dict[str, JsonValue]
Expander: TypeAlias = Callable[[Object], Iterator[Object]]

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[\s\-.]+")
_EXTRA = "Extra data"


@dataclass(frozen=True, slots=True)
class BadRow:
    """One row that can't be imported: where it stands, and which value is wrong in what way."""

    number: int
    field: str | None
    value: str | None
    problem: str


@dataclass(frozen=True, slots=True)
class GoodRow:
    """One row as a JSON object's text; `number` is its line, or its place where rows have no lines of their own."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Export:
    """An export's rows, and what their numbers count."""

    unit: Unit
    rows: Iterator[GoodRow | BadRow]


def open_export(path: Path, *, expand: Expander) -> Export:
    """The rows of a JSON, JSON-lines, CSV or Parquet file; `expand` makes rows of each object.

    A row that can't be read is a `BadRow`. Raises `BadInputError` where the file as a whole can't be.
    """
    refuse_unreadable(path)
    match path.suffix.lower():
        case ".json":
            unit, objects = open_json(path)
        case ".jsonl" | ".ndjson":
            unit, objects = "line", json_lines(path)
        case ".csv":
            unit, objects = "line", csv_rows(path)
        case ".parquet":
            unit, objects = "row", ((row.line, row.fields) for row in read_parquet(path))
        case suffix:
            known = ".json, .jsonl, .ndjson, .csv, .parquet"
            raise BadInputError(f"is of an unknown format; it must end in one of {known}", file=path, value=suffix)
    expanded = expand_all(objects, expand)
    if unit == "row":
        expanded = ((number, row) for number, (_, row) in enumerate(expanded, 1))
    return Export(unit, finish(expanded, path))


Numbered: TypeAlias = tuple[int, Object | BadRow]


def expand_all(objects: Iterator[Numbered], expand: Expander) -> Iterator[Numbered]:
    """The rows of each object, under its number."""
    for number, found in objects:
        if isinstance(found, BadRow):
            yield number, found
        else:
            yield from ((number, row) for row in expand(found))


def finish(rows: Iterator[Numbered], path: Path) -> Iterator[GoodRow | BadRow]:
    """Rename and check the values of rows."""
    try:
        for number, row in rows:
            yield replace(row, number=number) if isinstance(row, BadRow) else finish_row(number, row, path)
    except OSError as error:
        raise BadInputError(f"can't be read: {error.strerror}", file=path) from error


def finish_row(number: int, row: Object, path: Path) -> GoodRow | BadRow:
    """One object with its keys in snake case, or what is wrong with its values."""
    try:
        for key, value in row.items():
            refuse_unusable(value, file=path, line=number, field=key)
    except BadInputError as error:
        return BadRow(number, error.field, None, error.problem)
    named: Object = {}
    for key, value in row.items():
        name = snake_case(key)
        if named.get(name) is None:
            named[name] = value
    return GoodRow(number, json.dumps(named, ensure_ascii=False))


@lru_cache(maxsize=4096)
def snake_case(key: str) -> str:
    """`startTime` and `Start Time` as `start_time`."""
    return _CAMEL.sub("_", key.strip()).lower()


def bad_row(number: int, error: BadInputError) -> BadRow:
    """An error of one row as what was wrong with it."""
    return BadRow(number, error.field, None if error.value is None else str(error.value), error.problem)


def json_lines(path: Path) -> Iterator[Numbered]:
    """The objects of JSON lines; blank lines are passed over."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                text = decode(line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line, path, number)
                if text.strip():
                    yield number, parse_object(text, path, number)
            except BadInputError as error:
                yield number, bad_row(number, error)


def csv_rows(path: Path) -> Iterator[Numbered]:
    """The rows of a CSV file with a header, every value as text."""
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    with path.open("rb") as file:
        texts = (
            decode(line.removeprefix(b"\xef\xbb\xbf") if n == 1 else line, path, n) for n, line in enumerate(file, 1)
        )
        reader = csv.reader(texts, strict=True)
        try:
            header = next(reader, [])
            refuse_header(header, path)
            for cells in reader:
                if cells:
                    yield reader.line_num, cells_of(header, cells, path, reader.line_num)
        except csv.Error as error:
            raise BadInputError(f"is not valid CSV: {error}", file=path, line=reader.line_num) from error


def cells_of(header: list[str], cells: list[str], path: Path, number: int) -> Object | BadRow:
    """One row's cells by column."""
    try:
        return fields_of(header, cells, path, number)
    except BadInputError as error:
        return bad_row(number, error)


def open_json(path: Path) -> tuple[Unit, Iterator[Numbered]]:
    """The objects of a JSON document: a list, a page whose `data` is a list, or one object; else it is JSON lines."""
    text = decode(path.read_bytes().removeprefix(b"\xef\xbb\xbf"), path, 1)
    try:
        value = json.loads(text, object_pairs_hook=unique_pairs, parse_constant=refuse_constant, parse_float=finite)
    except json.JSONDecodeError as error:
        if error.msg == _EXTRA:
            return "line", json_lines(path)
        raise BadInputError(f"is not JSON: {error.msg}", file=path, line=error.lineno) from error
    except RecursionError as error:
        raise BadInputError("is nested too deep", file=path) from error
    except ValueError as error:
        raise BadInputError(f"is not usable JSON: {error}", file=path) from error
    return "row", enumerate((object_of(member, n) for n, member in enumerate(members_of(value), 1)), 1)


def members_of(value: JsonValue) -> list[JsonValue]:
    """What a JSON document lists."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict) and isinstance(data := value.get("data"), list):
        return data
    return [value]


def object_of(value: JsonValue, number: int) -> Object | BadRow:
    """A listed value, which has to be an object."""
    return value if isinstance(value, dict) else BadRow(number, None, None, "must be a JSON object")
