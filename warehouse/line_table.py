"""A segment's lines, checked and sorted by kind all at once: what `segments.read_lines` does line by line.

Payloads are not copied: they are Arrow views into the segment's bytes, as DuckDB takes them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias
from zlib import crc32

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from warehouse.records import KINDS
from warehouse.segments import BODY_AT, CRC_AT, CRC_END, DATA, KIND_AT, NEXT, OPEN, Contents, Refused, read_lines

Positions: TypeAlias = npt.NDArray[np.int64]
Bytes: TypeAlias = npt.NDArray[np.uint8]

MAX_BYTES = 2**31 - 1  # how far an Arrow view can point
AFTER_KIND = {kind: np.frombuffer(kind.encode() + DATA, np.uint8) for kind in KINDS}
HEAD_BYTES = KIND_AT + max(map(len, AFTER_KIND.values()))
FIXED = np.frombuffer(OPEN + b"01234567" + NEXT, np.uint8)
IS_FIXED = np.array([not CRC_AT <= at < CRC_END for at in range(KIND_AT)])
HEX_VALUES = np.full(256, 255, np.uint8)
HEX_VALUES[np.frombuffer(b"0123456789abcdef", np.uint8)] = np.arange(16)


@dataclass(frozen=True, slots=True)
class LineTable:
    """The lines of one segment: per kind, payloads (`binary_view`) and their line numbers; and what was refused."""

    payloads: Mapping[str, pa.Array]
    numbers: Mapping[str, Positions]
    refused: tuple[Refused, ...] = ()
    is_torn: bool = False

    @property
    def n_records(self) -> int:
        """The lines that passed their checksum."""
        return sum(map(len, self.numbers.values()))


def sort_lines(data: bytes) -> LineTable:
    """Check and sort a segment's lines; one by one, and with the reason, where one of them is not sound."""
    return sort_sound(data) or table_of(read_lines(data))


def table_of(contents: Contents) -> LineTable:
    """The same of lines that were read one by one."""
    payloads = {kind: pa.array(lines.payloads, pa.binary_view()) for kind, lines in contents.lines.items()}
    numbers = {kind: np.array(lines.numbers, np.int64) for kind, lines in contents.lines.items()}
    return LineTable(payloads, numbers, contents.refused, contents.is_torn)


def sort_sound(data: bytes) -> LineTable | None:
    """Sort the lines of a segment that is sound from its first byte to its last; None if it is not."""
    if not data.endswith(b"\n") or len(data) > MAX_BYTES:
        return None
    ends = newlines_of(data)
    starts = [0, *(end + 1 for end in ends[:-1])]
    heads = heads_of(data, starts)
    if not (((heads[:, :KIND_AT] == FIXED) | ~IS_FIXED).all() and is_summed(data, starts, ends, heads)):
        return None
    begins, stops = np.array(starts), np.array(ends)
    payloads, numbers = {}, {}
    for kind, lines in lines_by_kind(heads).items():
        numbers[kind] = lines + 1
        payloads[kind] = views_of(data, begins[lines] + KIND_AT + len(AFTER_KIND[kind]), stops[lines] - 1)
    table = LineTable(payloads, numbers)
    return table if table.n_records == len(ends) else None


def newlines_of(data: bytes) -> list[int]:
    """Where the lines of a segment end."""
    ends, end = [], data.find(b"\n")
    while end >= 0:
        ends.append(end)
        end = data.find(b"\n", end + 1)
    return ends


def heads_of(data: bytes, starts: list[int]) -> Bytes:
    """The first `HEAD_BYTES` of each line as one row, whatever follows a shorter one."""
    n_whole = bisect_right(starts, len(data) - HEAD_BYTES)
    # Every place of the segment as the start of a head, of which those of lines are copied, each at once.
    windows = np.ndarray(max(0, len(data) - HEAD_BYTES + 1), f"V{HEAD_BYTES}", data, strides=(1,))
    heads = windows[np.array(starts[:n_whole], np.int64)].tobytes()
    heads += b"".join(data[start : start + HEAD_BYTES].ljust(HEAD_BYTES) for start in starts[n_whole:])
    return np.frombuffer(heads, np.uint8).reshape(len(starts), HEAD_BYTES)


def is_summed(data: bytes, starts: list[int], ends: list[int], heads: Bytes) -> bool:
    """Whether every line has the checksum that it should have."""
    view = memoryview(data)
    sums = [crc32(view[start + BODY_AT : end]) for start, end in zip(starts, ends, strict=True)]
    digits = HEX_VALUES[heads[:, CRC_AT:CRC_END]]
    stored = (digits[:, 0::2] << 4 | digits[:, 1::2]).view(">u4")[:, 0]
    return bool((digits < 16).all() and (stored == np.array(sums, np.uint32)).all())


def lines_by_kind(heads: Bytes) -> Mapping[str, Positions]:
    """The positions of the lines of each kind, told by the text between the checksum and the payload."""
    shorts = np.ascontiguousarray(heads[:, KIND_AT : KIND_AT + 8]).view(np.uint64)[:, 0]
    found = {}
    for kind, pattern in AFTER_KIND.items():
        lines = np.flatnonzero(shorts == pattern[:8].view(np.uint64)[0])
        found[kind] = lines[(heads[lines, KIND_AT : KIND_AT + len(pattern)] == pattern).all(axis=1)]
    return found


def views_of(data: bytes, starts: Positions, ends: Positions) -> pa.Array:
    """Pieces of a segment as an Arrow array of views: length, first four bytes, number of the buffer, offset in it."""
    buffer = np.frombuffer(data, np.uint8)
    views = np.zeros((len(starts), 4), np.uint32)
    views[:, 0], views[:, 3] = ends - starts, starts
    views[:, 1] = buffer[np.minimum(starts[:, None] + np.arange(4), len(data) - 1)].view(np.uint32)[:, 0]
    for place in np.flatnonzero(ends - starts <= 12):  # pieces so short stand in the view itself
        piece = data[starts[place] : ends[place]].ljust(12, b"\0")
        views[place, 1:] = np.frombuffer(piece, np.uint32)
    return pa.Array.from_buffers(pa.binary_view(), len(starts), [None, pa.py_buffer(views), pa.py_buffer(data)])
