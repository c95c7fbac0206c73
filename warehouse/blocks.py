"""DuckDB's blocks, each with a checksum of its own: whether one is as DuckDB wrote it, told without DuckDB.

Layout: `storage_info.hpp`: blocks of 256 KiB after the head, the first 8 bytes of each the sum of the rest. Sum:
`checksum.cpp`: 5381 and every 64-bit word times a constant, put together by exclusive or.
"""

from __future__ import annotations

import numpy as np

from warehouse.file_header import HEAD_BYTES

BLOCK_BYTES = 256 * 1024
FACTOR, SEED = np.uint64(0xBF58476D1CE4E5B9), np.uint64(5381)


def bytes_to_boundary(offset: int) -> int:
    """How far it is from a place in a file to the end of its block, or of the head."""
    return HEAD_BYTES - offset if offset < HEAD_BYTES else BLOCK_BYTES - (offset - HEAD_BYTES) % BLOCK_BYTES


def is_sound_block(block: bytes | bytearray | memoryview) -> bool:
    """Whether a block has the checksum that it should have; a part of a block has not."""
    if len(block) != BLOCK_BYTES:
        return False
    words = np.frombuffer(block, "<u8")
    return bool(words[0] == np.bitwise_xor.reduce(words[1:] * FACTOR) ^ SEED)
