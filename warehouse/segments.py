"""The line codec of the spool: one JSON object per line, with the CRC-32 of all that follows it.

    {"crc":"0a1b2c3d","kind":"intent","data":{…}}

The checksum covers the bytes from `"kind"` to the closing brace. The layout is fixed, so that a line can be checked
and sorted by kind without parsing it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from zlib import crc32

import orjson

from policies.errors import BadInputError
from warehouse.records import KINDS, Record, Scored

CRC_AT, CRC_END, BODY_AT, KIND_AT = 8, 16, 18, 26
OPEN, NEXT, DATA = b'{"crc":"', b'","kind":"', b'","data":'
_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC
_KIND_OF = {record_type: kind.encode() for kind, record_type in KINDS.items()}


@dataclass(frozen=True, slots=True)
class Refused:
    """One line that can't be landed: its number from 1, its text as found, and why."""

    line: int
    record: str
    reason: str


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of one kind that passed their checksum: JSON payloads and their line numbers, side by side."""

    payloads: list[bytes]
    numbers: list[int]


@dataclass(frozen=True, slots=True)
class Contents:
    """What one segment's bytes hold: lines by kind, refused lines, and whether the last line is incomplete."""

    lines: Mapping[str, Lines]
    refused: tuple[Refused, ...]
    is_torn: bool


def encode(record: Record) -> bytes:
    """One record as one line, newline included; raises `BadInputError` for a score outside [0, 1]."""
    if isinstance(record, Scored) and not 0.0 <= record.score <= 1.0:
        raise BadInputError("a score must lie in [0, 1]", field="score", value=record.score)
    return frame(_KIND_OF[type(record)], payload_of(record))


def frame(kind: bytes, payload: bytes) -> bytes:
    """A payload as one line with its checksum."""
    body = NEXT[2:] + kind + DATA + payload + b"}"
    return b'{"crc":"%08x",%b\n' % (crc32(body), body)


def rewrite(line: bytes, change: Callable[[object], object]) -> bytes:
    """An encoded line with its payload changed as a JSON value; the same line where nothing is."""
    end = line.index(b'"', KIND_AT)
    value = orjson.loads(line[end + len(DATA) : -2])
    changed = change(value)
    return line if changed == value else frame(line[KIND_AT:end], orjson.dumps(changed))


def payload_of(record: Record) -> bytes:
    """A record's fields as JSON: decimals as strings, times in UTC; lone surrogates become U+FFFD, not an error."""
    try:
        return orjson.dumps(record, default=plain, option=_OPTIONS)
    except orjson.JSONEncodeError:
        return orjson.dumps(without_surrogates(asdict(record)), default=plain, option=_OPTIONS)


def plain(value: object) -> object:
    """What JSON has no word for: decimals, and mappings that are not dicts."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} can't be written to the spool")


def without_surrogates(value: object) -> object:
    """The same value with every lone surrogate in its strings replaced."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {without_surrogates(key): without_surrogates(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [without_surrogates(member) for member in value]
    return value


def read_lines(data: bytes) -> Contents:
    """Check and sort a segment's lines; damage never hides the lines around it.

    A last line without its newline counts if its checksum holds, and is torn otherwise.
    """
    by_kind = {kind.encode(): Lines([], []) for kind in KINDS}
    refused: list[Refused] = []
    rows = data.split(b"\n")
    tail = rows.pop()
    for number, row in enumerate(rows, 1):
        if (problem := file_line(row, number, by_kind)) is not None:
            refused.append(Refused(number, readable(row), problem))
    is_torn = bool(tail) and file_line(tail, len(rows) + 1, by_kind) is not None
    if is_torn:
        refused.append(Refused(len(rows) + 1, readable(tail), "is incomplete: the segment ends inside this line"))
    return Contents({kind.decode(): lines for kind, lines in by_kind.items()}, tuple(refused), is_torn)


def file_line(row: bytes, number: int, by_kind: Mapping[bytes, Lines]) -> str | None:
    """Put one line's payload under its kind, or say why it can't be."""
    end = row.find(b'"', KIND_AT)
    if row[:CRC_AT] != OPEN or row[CRC_END:KIND_AT] != NEXT or row[end : end + 9] != DATA:
        return "is not a record with a checksum"
    if row[CRC_AT:CRC_END] != b"%08x" % crc32(row[BODY_AT:]):
        return "fails its checksum"
    lines = by_kind.get(row[KIND_AT:end])
    if lines is None:
        return f"is of an unknown kind: {readable(row[KIND_AT:end])}"
    lines.payloads.append(row[end + 9 : -1])
    lines.numbers.append(number)
    return None


def readable(row: bytes) -> str:
    """Bytes as text, with what is not UTF-8, and NUL, shown as \\xNN."""
    return row.decode("utf-8", "backslashreplace").replace("\x00", "\\x00")
