"""Replacing the file that users open: a copy of the ledger at a checkpoint, put in place by one rename.

Of a large ledger only what has changed is written, into the file that was published two checkpoints ago.

Damage to the ledger that no land has read must not take the good copy's place: what is written is checked.

Whoever has the old file open keeps reading it; whoever opens after the rename gets the new one. DuckDB opens a file
three times to read it, and takes its head from one and its blocks from another: an open may fall astride the rename,
with the old head and the new blocks. That reads the old checkpoint, whole, because a checkpoint never overwrites the
blocks of the one before: as long as each published file is one checkpoint after the last, and no shorter than it.
See docs/decisions/0001.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import duckdb

from warehouse.blocks import BLOCK_BYTES, bytes_to_boundary, is_sound_block
from warehouse.damage import ledger_failure, read_whole
from warehouse.file_header import HEAD_BYTES, read_head
from warehouse.home import Home
from warehouse.ledger import LOCK_WAIT_S, connect_ledger, open_ledger
from warehouse.open_segment import sync_folder
from warehouse.retired import open_next, put_in_place, retired_path


@contextmanager
def one_checkpoint(home: Home, *, wait_s: float = LOCK_WAIT_S) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the ledger, which the caller holds, for changes that end in one checkpoint; publish it afterwards.

    What a loader before this one checkpointed but did not live to publish is published first. Raises like
    `connect_ledger`, and `duckdb.Error` or `OSError` when the disk refuses.
    """
    publish_left_over(home, wait_s=wait_s)
    with connect_ledger(home, on_change=partial(publish_left_over, wait_s=wait_s), wait_s=wait_s) as connection:
        connection.execute("SET checkpoint_threshold = '1TB'")  # none but the one below
        yield connection
        if home.write_ahead_log.exists():
            connection.execute("CHECKPOINT")
    publish(home)


def publish_left_over(home: Home, *, wait_s: float) -> None:
    """Publish what a dead loader did not live to, once it has been seen that DuckDB can open it.

    Damage to the ledger must not take the place of the good copy. Raises like `connect_ledger`.
    """
    if home.ledger.exists() and read_head(home.ledger) != read_head(home.published):
        open_ledger(home, deadline=time.monotonic() + wait_s, read_only=True).close()
        publish(home)


def publish(home: Home) -> bool:
    """Publish the ledger if the published file is not at its checkpoint; the caller holds the ledger, and it is closed.

    Returns whether a file was published; raises `OSError`, and `DamagedError` as `replace_published` does.
    """
    ledger, published = read_head(home.ledger), read_head(home.published)
    if ledger is None or ledger == published:
        return False
    replace_published(home)
    return True


def replace_published(home: Home) -> None:
    """Publish the ledger, whatever is published now; the caller holds the ledger, and it is closed.

    Raises `DamagedError` where a changed block of the ledger can't be read: then the published file stays.
    """
    path, fd = open_next(home)
    try:
        with home.ledger.open("rb") as ledger:
            n_bytes, is_sound = rewrite(fd, ledger.fileno(), start=0)
        if not is_sound:
            require_readable(home)
        with suppress(FileNotFoundError), home.published.open("rb") as previous:
            # Of a ledger that was cut shorter: no shorter file.
            n_bytes, _ = rewrite(fd, previous.fileno(), start=n_bytes)
        os.ftruncate(fd, n_bytes)
        os.fsync(fd)
        put_in_place(home, path, fd)
    except OSError:
        drop_unfinished(home, path)
        raise
    finally:
        os.close(fd)
    sync_folder(home.root)


def drop_unfinished(home: Home, path: Path) -> None:
    """Give back the space that a publication took which can't be finished; writers may need it."""
    if path != retired_path(home):  # which the next publication makes use of
        path.unlink(missing_ok=True)


def require_readable(home: Home) -> None:
    """Raise `DamagedError` where not all of the ledger can be read: a block that is not in use may hold anything."""
    try:
        with open_ledger(home, deadline=time.monotonic() + LOCK_WAIT_S, read_only=True) as connection:
            read_whole(connection)
    except duckdb.Error as error:
        raise ledger_failure(home, error) from error


def rewrite(fd: int, source: int, *, start: int) -> tuple[int, bool]:
    """Make the file `fd` equal to `source` from `start` on, writing only where it differs.

    Returns the source's end, and whether every block that was written has its checksum.
    """
    ours, theirs, is_sound = bytearray(BLOCK_BYTES), bytearray(BLOCK_BYTES), True
    while n := os.preadv(source, [memoryview(theirs)[: bytes_to_boundary(start)]], start):
        block = memoryview(theirs)[:n]
        is_there = os.preadv(fd, [memoryview(ours)[:n]], start) >= n
        # Whole byte arrays: views are compared byte by byte.
        if not is_there or (ours != theirs if n == BLOCK_BYTES else ours[:n] != theirs[:n]):
            is_sound = is_sound and (start < HEAD_BYTES or is_sound_block(block))
            write_all(fd, block, start)
        start += n
    return start, is_sound


def write_all(fd: int, data: memoryview, offset: int) -> None:
    """Write all of some bytes at a place."""
    while data:
        n = os.pwrite(fd, data, offset)
        data, offset = data[n:], offset + n
