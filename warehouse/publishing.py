"""Replacing the file that users open: a copy of the ledger at a checkpoint, put in place by one rename.

Of a large ledger only what has changed is written, into the file that was published two checkpoints ago.

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

import duckdb

from warehouse.file_header import read_head
from warehouse.home import Home
from warehouse.ledger import LOCK_WAIT_S, connect_ledger, open_ledger
from warehouse.open_segment import sync_folder
from warehouse.retired import open_next, put_in_place

CHUNK_BYTES = 256 * 1024


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

    Returns whether a file was published; raises `OSError`.
    """
    ledger, published = read_head(home.ledger), read_head(home.published)
    if ledger is None or ledger == published:
        return False
    replace_published(home)
    return True


def replace_published(home: Home) -> None:
    """Publish the ledger, whatever is published now; the caller holds the ledger, and it is closed."""
    path, fd = open_next(home)
    try:
        with home.ledger.open("rb") as ledger:
            n_bytes = rewrite(fd, ledger.fileno(), start=0)
        with suppress(FileNotFoundError), home.published.open("rb") as previous:
            n_bytes = rewrite(fd, previous.fileno(), start=n_bytes)  # of a ledger that was cut shorter: no shorter file
        os.ftruncate(fd, n_bytes)
        os.fsync(fd)
        put_in_place(home, path, fd)
    finally:
        os.close(fd)
    sync_folder(home.root)


def rewrite(fd: int, source: int, *, start: int) -> int:
    """Make the file `fd` equal to `source` from `start` on, writing only where it differs; returns the source's end."""
    ours, theirs = bytearray(CHUNK_BYTES), bytearray(CHUNK_BYTES)
    while n := os.preadv(source, [theirs], start):
        is_there = os.preadv(fd, [ours], start) >= n
        if not is_there or (ours != theirs if n == CHUNK_BYTES else ours[:n] != theirs[:n]):
            write_all(fd, memoryview(theirs)[:n], start)
        start += n
    return start


def write_all(fd: int, data: memoryview, offset: int) -> None:
    """Write all of some bytes at a place."""
    while data:
        n = os.pwrite(fd, data, offset)
        data, offset = data[n:], offset + n
