"""The objects of a JSON-lines file, read by DuckDB; where one is refused, the file's own lines say which."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb

from policies.errors import BadInputError
from warehouse.batch_duckdb import fetch_rows
from warehouse.batch_rows import MAX_CELL_CHARACTERS, Row, decode, parse_object
from warehouse.messages import message_of

MAX_LINE_BYTES = MAX_CELL_CHARACTERS  # DuckDB holds two of them in memory per thread
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_json_lines(path: Path) -> Iterable[Row]:
    """The objects of a JSON-lines file, one per line; blank lines are passed over.

    DuckDB counts values, not lines, and says nothing of the field: what it or we refuse is read again line by line.
    """
    try:
        return read_at_once(path)
    except duckdb.Error as error:
        return read_by_line(path, BadInputError(f"is not readable JSON lines: {message_of(error)}", file=path))
    except BadInputError as error:
        return read_by_line(path, error)


def read_at_once(path: Path) -> list[Row]:
    """The rows as DuckDB finds them; raises `duckdb.Error`, or `BadInputError` of an uncertain place."""
    texts = fetch_rows("json_rows", path, max_bytes=MAX_LINE_BYTES)
    numbers = [number for number, _ in lines_of(path)]
    if len(texts) != len(numbers):
        problem = f"holds {len(numbers)} lines that are not blank, but DuckDB reads {len(texts)} values"
        raise BadInputError(problem, file=path)
    return [Row(number, parse_object(text, path, number)) for number, (text,) in zip(numbers, texts, strict=True)]


def read_by_line(path: Path, refusal: BadInputError) -> Iterator[Row]:
    """The rows up to the first that is refused, which raises `BadInputError`; `refusal` where no line is to blame."""
    for number, line in lines_of(path):
        if len(line) > MAX_LINE_BYTES:
            raise BadInputError(f"is longer than {MAX_LINE_BYTES} bytes", file=path, line=number)
        yield Row(number, parse_object(decode(line, path, number), path, number))
    raise refusal


def lines_of(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, each with its number; without the mark that may stand before the first."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            content = line.removeprefix(BYTE_ORDER_MARK) if number == 1 else line
            if content.strip():
                yield number, content.lstrip(b"\v\f")  # no blanks to JSON, but to DuckDB
