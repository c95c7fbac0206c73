"""JSON lines as DuckDB reads them: what is accepted, and the line of what is not, are as by a reader line by line."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from policies.errors import BadInputError
from warehouse.batch_json_lines import MAX_LINE_BYTES, Row, read_by_line, read_json_lines

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=3), values, max_size=3),
    max_leaves=6,
)  # fmt: skip
OBJECTS = st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), VALUES, max_size=4)
GOOD_LINES = st.tuples(OBJECTS, st.booleans(), st.sampled_from(["", " ", "\t"])).map(
    lambda made: (made[2] + json.dumps(made[0], ensure_ascii=made[1]) + made[2]).encode()
)
BLANK_LINES = st.sampled_from([b"", b" ", b"\t", b"\r", b" \r"])
ODD_LINES = st.sampled_from(
    [
        b"{", b"}", b'{"a":1}{"b":2}', b'{"a":1} x', b"[1]", b"5", b'"x"', b"null", b'{"a":NaN}', b'{"a":-Infinity}',
        b'{"a":1e999}', b'{"a":1,}', b"{'a':1}", b'{"a":1,"a":2}', b'{"a":{"b":1,"b":2}}', b'{"a":"\xff"}', b"\xff",
        b'{"a":"\x00"}', b"\x00", b'{"a":"\\u0000"}', b'{"a":"\x01"}', b'{"a":"\\x"}', b"\x0c",
        b'{"a":1}\r{"b":2}', b'{"a":1}//', b'/**/{"a":1}', b'{"a":01}', b'{"a":.5}', b'{"a":+1}', b'{"a":0x1}',
        b'\xef\xbb\xbf{"a":1}', b"True", b'{"a":tru}', b"[" * 3000, b'{"a":' + b"[" * 2000 + b"]" * 2000 + b"}",
        b'{"a":\xc2\xa01}', b'\x0c{"a":1}', b'{"a":\x0c1}', b"\xc2\xa0", b'{"a":"\xed\xa0\x80"}',
    ]
)  # fmt: skip
LINES = st.lists(GOOD_LINES | BLANK_LINES | ODD_LINES, max_size=8)


def outcome_of(rows: Iterable[Row]) -> tuple[list[Row], str | None]:
    """The rows up to the first refusal, and what that says."""
    found = []
    try:
        found.extend(rows)
    except BadInputError as error:
        return [], str(error)
    return found, None


def both(path: Path) -> tuple[object, object]:
    return outcome_of(read_json_lines(path)), outcome_of(by_line_alone(path))


class CleanError(BadInputError):
    """No line is to blame."""


def by_line_alone(path: Path) -> Iterator[Row]:
    with contextlib.suppress(CleanError):
        yield from read_by_line(path, CleanError(""))


@given(lines=LINES, ending=st.sampled_from([b"\n", b"\r\n"]), has_mark=st.booleans(), is_ended=st.booleans())
@example([b'{"a":1}', b"", b"\x0c", b'{"a":1}'], b"\n", False, True)
@settings(deadline=None, max_examples=300)
def test_duckdb_reads_what_a_reader_by_line_reads_and_refusals_name_the_same_line(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], ending: bytes, has_mark: bool, is_ended: bool
) -> None:
    path = tmp_path_factory.mktemp("lines") / "b.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" * has_mark + ending.join(lines) + ending * is_ended)
    found, expected = both(path)
    assert found == expected


def test_many_rows_over_many_buffers_keep_their_order_and_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "b.jsonl"
    n_lines, padding = 40_000, "x" * 2_000  # 80 MB, several of DuckDB's buffers of 32 MiB
    with path.open("w") as file:
        for n in range(n_lines):
            file.write(f'{{"n": {n}, "p": "{padding}"}}\n' + "\n" * (n % 3 == 0))
    rows = list(read_json_lines(path))
    assert [row.fields["n"] for row in rows] == list(range(n_lines))
    blank = 0
    for n, row in enumerate(rows):
        assert row.line == n + 1 + blank
        blank += n % 3 == 0


def test_a_line_of_the_greatest_length_is_read_and_one_thrice_as_long_is_refused_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "b.jsonl"
    start, end = b'{"a": "', b'"}'
    fill = MAX_LINE_BYTES - len(start) - len(end)
    path.write_bytes(b"{}\n" + start + b"x" * fill + end + b"\n")
    assert [row.line for row in read_json_lines(path)] == [1, 2]
    path.write_bytes(b"{}\n" + start + b"x" * 3 * fill + end + b"\n{}\n")
    assert outcome_of(read_json_lines(path)) == ([], f"{path}:2: is longer than {MAX_LINE_BYTES} bytes")
