"""The line codec: what is written is read back, and damage never hides the lines around it."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest
from pydantic import TypeAdapter

from policies.errors import BadInputError
from warehouse.records import KINDS
from warehouse.segments import encode, read_lines


def test_every_kind_comes_back_equal(world) -> None:
    records = world.everything()
    lines = read_lines(b"".join(encode(record) for record in records)).lines
    for kind, record_type in KINDS.items():
        back = [TypeAdapter(record_type).validate_json(payload) for payload in lines[kind].payloads]
        assert back == [record for record in records if type(record) is record_type]
        assert back, f"no {kind} in the sample"


def test_a_line_is_plain_json(world) -> None:
    line = orjson.loads(encode(world.intent(1)))
    assert line["kind"] == "intent"
    assert line["data"]["reserved_usd"] == "0.01"
    assert line["data"]["started_at"] == "2026-11-25T12:00:01Z"


@pytest.mark.parametrize("score", [float("nan"), -0.001, 1.001, float("inf")])
def test_a_score_outside_zero_and_one_is_refused_when_it_is_written(world, score: float) -> None:
    with pytest.raises(BadInputError, match="score"):
        encode(world.score(1, score))


def test_half_a_surrogate_pair_in_a_response_does_not_lose_the_record(world) -> None:
    outcome = replace(world.outcome(world.intent(1)), response_text="a\ud800b")
    [payload] = read_lines(encode(outcome)).lines["outcome"].payloads
    assert orjson.loads(payload)["response_text"] == "a?b"


def test_every_flipped_bit_is_found_and_the_neighbours_survive(world) -> None:
    before, middle, after = (encode(world.intent(n)) for n in (1, 2, 3))
    for position in range(len(middle) - 1):
        for bit in (0, 5):
            damaged = bytearray(middle)
            damaged[position] ^= 1 << bit
            if damaged[position] == ord("\n"):
                continue
            contents = read_lines(before + bytes(damaged) + after)
            assert contents.lines["intent"].numbers == [1, 3]
            assert [line.line for line in contents.refused] == [2]


def test_a_segment_cut_at_every_byte_of_its_last_two_lines_keeps_what_is_whole(world) -> None:
    lines = [encode(world.intent(n)) for n in range(3)]
    data = b"".join(lines)
    for cut in range(len(lines[0]), len(data)):
        contents = read_lines(data[:cut])
        whole = sum(len(b"".join(lines[: n + 1])) - 1 <= cut for n in range(3))  # all but the newline is enough
        assert contents.lines["intent"].numbers == list(range(1, whole + 1))
        assert contents.is_torn == (cut not in {len(b"".join(lines[:n])) - k for n in range(1, 4) for k in (0, 1)})


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"", "is not a record with a checksum"),
        (b"{}", "is not a record with a checksum"),
        (b"\x00" * 100, "is not a record with a checksum"),
        (b'{"crc":"00000000","kind":"intent","data":{}}', "fails its checksum"),
    ],
)
def test_a_line_that_is_no_record_is_refused_with_the_reason(line: bytes, reason: str) -> None:
    [refused] = read_lines(line + b"\n").refused
    assert refused.reason == reason
    assert "\x00" not in refused.record
