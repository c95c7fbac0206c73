"""The head of a DuckDB file, which says at which checkpoint it is.

Layout: DuckDB's `storage_info.hpp`: a main header and two database headers of 4 KiB each, then blocks. A checkpoint
writes new blocks beside those of the last one, then the older of the two database headers, in that order.
"""

from __future__ import annotations

from pathlib import Path

HEAD_BYTES = 3 * 4096


def read_head(path: Path) -> bytes | None:
    """The three headers of a file; None without the file. Equal heads are the same checkpoint."""
    try:
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except FileNotFoundError:
        return None
