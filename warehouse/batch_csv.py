"""The rows of a CSV file, read by Python's parser: DuckDB's can't say on which line a row stands (decision 0011)."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from policies.errors import BadInputError
from warehouse.batch_rows import MAX_CELL_CHARACTERS, Row, decode, fields_of, refuse_header
from warehouse.column_names import same_names

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_AFTER_BARE_RETURN = re.compile(rb"(?<=\r)(?!\n)")


def read_csv(path: Path) -> Iterator[Row]:
    """The rows of a comma-separated file with a header; every value is text, as it stands there.

    Lines end in a line feed, a carriage return, or both.
    """
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    reader = csv.reader(lines_of(path), strict=True)
    try:
        header = next(reader, None)
        if header is None:
            return
        refuse_header(header, path)
        refuse_same_columns(header, path)
        for cells in reader:
            if cells:
                yield Row(reader.line_num, fields_of(header, cells, path, reader.line_num))
    except csv.Error as error:
        raise BadInputError(f"is not valid CSV: {error}", file=path, line=reader.line_num) from error


def lines_of(path: Path) -> Iterator[str]:
    """The file's lines as text, each with what ends it; raises `BadInputError` for a line that is no text."""
    number = 0
    with path.open("rb") as file:
        for stretch in file:
            for line in _AFTER_BARE_RETURN.split(stretch) if b"\r" in stretch[:-2] else (stretch,):
                number += 1
                yield decode(line.removeprefix(BYTE_ORDER_MARK) if number == 1 else line, path, number)


def refuse_same_columns(header: Sequence[str], path: Path) -> None:
    """Raise `BadInputError` for two columns that DuckDB would take for one."""
    if (same := same_names(header)) is not None:
        raise BadInputError(
            f"is the same column as {same[0]!r} to DuckDB; rename one", file=path, line=1, field=same[1]
        )
