"""Sorting a segment all at once gives what reading it line by line gives, whatever the bytes are."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.line_table import sort_lines, sort_sound
from warehouse.segments import encode, frame, read_lines

CHARACTERS = 'ab"\\é☃{}:,0 '
KINDS = st.sampled_from([b"intent", b"score", b"imported_usage", b"imported_attempt", b"surprise", b""])
SOUND = st.builds(frame, KINDS, st.binary(max_size=30).map(lambda payload: payload.replace(b"\n", b"")))
LINES = st.lists(st.one_of(SOUND, st.binary(max_size=60)), max_size=12)


def compared(data: bytes) -> tuple[object, object]:
    """What the two ways of reading make of a segment."""
    slow, fast = read_lines(data), sort_lines(data)
    return (
        ({kind: (lines.payloads, lines.numbers) for kind, lines in slow.lines.items()}, slow.refused, slow.is_torn),
        (
            {kind: (fast.payloads[kind].to_pylist(), fast.numbers[kind].tolist()) for kind in fast.payloads},
            fast.refused,
            fast.is_torn,
        ),
    )


@settings(deadline=None)
@given(LINES)
def test_any_bytes_are_sorted_as_if_read_line_by_line(lines: list[bytes]) -> None:
    slow, fast = compared(b"".join(lines))
    assert slow == fast


def test_a_sound_segment_is_sorted_all_at_once_and_its_payloads_point_into_it(world) -> None:
    data = b"".join(encode(record) for record in world.everything())
    table = sort_sound(data)
    assert table is not None
    assert compared(data)[0] == compared(data)[1]
    assert {buffer.address for buffer in table.payloads["intent"].buffers()[2:]} <= {
        buffer.address for buffer in table.payloads["score"].buffers()[2:]
    }


@pytest.mark.parametrize("damage", [b"", b"\n", b"{}\n", b"torn", b"\xff\xff\n\n"])
@pytest.mark.parametrize("where", [0, 1])
def test_damage_at_either_end_is_told_as_when_read_line_by_line(world, damage: bytes, where: int) -> None:
    data = encode(world.intent(1))
    slow, fast = compared(damage + data if where else data + damage)
    assert slow == fast
