"""Reading a batch: the items that a job is run over, from JSON lines, CSV or Parquet, in the file's order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from policies.errors import BadInputError
from warehouse.batch_csv import read_csv
from warehouse.batch_json_lines import read_json_lines
from warehouse.batch_rows import Row, read_parquet
from warehouse.batch_values import JsonValue, is_plain, refuse_text, refuse_unusable
from warehouse.column_names import same_names

Fields: TypeAlias = Mapping[str, JsonValue]

READERS = {".jsonl": read_json_lines, ".ndjson": read_json_lines, ".csv": read_csv, ".parquet": read_parquet}
MAX_ID_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Item:
    """One input row of a job; `fields` are all its fields, the id's included, as JSON values.

    `line` is where it stands in its file (of Parquet: the row), for errors; an item is the same wherever it stands.
    """

    item_id: str
    fields: Fields
    line: int | None = field(default=None, compare=False)


def read_items(path: Path, *, id_field: str = "item_id") -> list[Item]:
    """Read every item of a batch, in the file's order; numbers as ids become text.

    Raises `BadInputError` with file, line (of Parquet: row, from 1) and field for whatever can't be an item: a file
    that is missing, a folder, unreadable, empty or of an unknown format; a row that is malformed, nested too deep,
    holds NUL, or whose id is missing, no text, or taken by an earlier row.
    """
    items = list(read_unique(read_rows(path), path, id_field=id_field))
    if not items:
        raise BadInputError("holds no items", file=path)
    return items


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a file, whatever they mean; raises `BadInputError` as `read_items` does for what can't be read."""
    refuse_unreadable(path)
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(READERS)
        raise BadInputError(f"is of an unknown format; it must end in one of {known}", file=path, value=path.suffix)
    try:
        yield from reader(path)
    except OSError as error:
        raise BadInputError(f"can't be read: {error.strerror}", file=path) from error


def refuse_unreadable(path: Path) -> None:
    """Raise `BadInputError` for a path that is no file, or that may not be read."""
    try:
        if not path.exists():
            raise BadInputError("there is no such file", file=path)
        if not path.is_file():
            raise BadInputError("is not a file", file=path)
    except (OSError, ValueError) as error:
        raise BadInputError(f"is not a usable path: {error}", file=repr(str(path))) from error


def read_unique(rows: Iterable[Row], path: Path, *, id_field: str) -> Iterator[Item]:
    """Turn rows into items; raises `BadInputError` at the first that can't be one, or whose id stood before."""
    lines: dict[str, int] = {}
    shapes: set[tuple[str, ...]] = set()
    for row in rows:
        if (shape := tuple(row.fields)) not in shapes:
            shapes.add(shape)
            refuse_names(row, path)
        for name, value in row.fields.items():
            if not is_plain(value):
                refuse_unusable(value, file=path, line=row.line, field=name)
        item_id = id_of(row, path, id_field=id_field)
        if item_id in lines:
            problem = f"stands twice: on line {lines[item_id]} and on line {row.line}"
            raise BadInputError(problem, file=path, line=row.line, field=id_field, value=item_id)
        lines[item_id] = row.line
        yield Item(item_id, row.fields, row.line)


def refuse_names(row: Row, path: Path) -> None:
    """Raise `BadInputError` for a field's name that can't be used, and for two that DuckDB would take for one."""
    for name in row.fields:
        refuse_text(name, file=path, line=row.line, field=name)
    if (same := same_names(row.fields)) is not None:
        problem = f"is the same field as {same[0]!r} to DuckDB; rename one"
        raise BadInputError(problem, file=path, line=row.line, field=same[1])


def id_of(row: Row, path: Path, *, id_field: str) -> str:
    """A row's id as text; raises `BadInputError` where it is missing or can't name an item."""
    if id_field not in row.fields:
        raise BadInputError("is required", file=path, line=row.line, field=id_field)
    value = row.fields[id_field]
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise BadInputError("must be text or a whole number", file=path, line=row.line, field=id_field, value=value)
    item_id = str(value)
    if not item_id.strip() or not item_id.isprintable() or item_id != item_id.strip():
        problem = "must be printable text without blanks around it"
        raise BadInputError(problem, file=path, line=row.line, field=id_field, value=value)
    if len(item_id) > MAX_ID_CHARACTERS:
        problem = f"is longer than {MAX_ID_CHARACTERS} characters"
        raise BadInputError(problem, file=path, line=row.line, field=id_field, value=value)
    return item_id
