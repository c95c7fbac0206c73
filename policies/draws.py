"""Random numbers that depend on their names alone, so that a decision does not depend on what was drawn before it.

A counter-based generator: the draw is a hash of what it is for. Workers need no shared stream, chunks may be cut in any
way and taken in any order, and a replay draws the same. (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
SC 2011, is the idea; BLAKE2b stands in for their cipher, since it is in the standard library and fast enough.)
"""

from __future__ import annotations

import hashlib
from typing import Final

_BITS: Final = 53  # what a double's mantissa holds, so that the result is uniform and below 1


def draw_uniform(seed: int, call_id: str, *, purpose: str) -> float:
    """Draw from [0, 1), the same for the same arguments; `purpose` keeps two draws of one call independent.

    `purpose` is a short literal of the code without the unit separator (U+001F).
    """
    name = f"{seed}\x1f{purpose}\x1f{call_id}".encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(name, digest_size=8, person=b"pointsman draw").digest()
    return (int.from_bytes(digest, "big") >> (64 - _BITS)) / float(1 << _BITS)
