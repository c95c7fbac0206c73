"""bm25s without the debug messages that its import switches on, and imported by the first index only."""

from __future__ import annotations

import logging
from functools import cache
from types import ModuleType


@cache
def load_bm25s() -> ModuleType:
    """The library; it brings in SciPy, half a second that a command without an index need not wait."""
    import bm25s

    logging.getLogger("bm25s").setLevel(logging.WARNING)
    return bm25s  # type: ignore[no-any-return]  # ships no types
