"""Blocks of a DuckDB file tell by their own sums whether they are as they were written."""

from __future__ import annotations

from itertools import pairwise

import pytest

from warehouse.blocks import BLOCK_BYTES, bytes_to_boundary, is_sound_block
from warehouse.file_header import HEAD_BYTES
from warehouse.landing import land


@pytest.fixture
def blocks(world):
    """The blocks of a ledger with some facts, in which none is left over from a process that died."""
    world.append(*(world.outcome(world.intent(n)) for n in range(300)))
    land(world.home)
    data = world.home.ledger.read_bytes()
    places = range(HEAD_BYTES, len(data), BLOCK_BYTES)
    return [data[place : place + BLOCK_BYTES] for place in places]


def test_every_block_that_duckdb_wrote_is_sound_and_none_with_a_flipped_bit(blocks) -> None:
    assert len(blocks) > 5
    for number, block in enumerate(blocks):
        assert is_sound_block(block)
        garbled = bytearray(block)
        garbled[(number * 99_991) % BLOCK_BYTES] ^= 1 << number % 8
        assert not is_sound_block(garbled)


def test_a_part_of_a_block_is_not_sound(blocks) -> None:
    assert not is_sound_block(blocks[0][:-8])


def test_a_file_is_cut_into_its_head_and_its_blocks() -> None:
    at, boundaries = 0, [0]
    while at < HEAD_BYTES + 3 * BLOCK_BYTES:
        at += bytes_to_boundary(at)
        boundaries.append(at)
    sizes = [after - before for before, after in pairwise(boundaries)]
    assert sizes == [HEAD_BYTES] + 3 * [BLOCK_BYTES]
    assert bytes_to_boundary(HEAD_BYTES + BLOCK_BYTES - 1) == 1
