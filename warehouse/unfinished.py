"""Taking back a checkpoint that its loader did not live to finish.

A checkpoint writes new blocks, and then the head that names them; but DuckDB keeps its own descriptions of tables in
blocks that it rewrites in place, each with one checksum over all of it. A process that is killed in the midst of such a
write leaves half of the old and half of the new, and a ledger that can't be opened, or not read in some places. The
published file is the ledger at the checkpoint before, so it takes the ledger's place, and what was committed since is
replayed upon it from the log.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

import duckdb

from warehouse.damage import is_damage, read_whole
from warehouse.file_header import read_head
from warehouse.home import Home
from warehouse.locks import POLL_S, BusyError
from warehouse.open_segment import sync_folder
from warehouse.replacing import stage_ledger

CHUNK_BYTES = 1024 * 1024


def take_back_checkpoint(home: Home, *, deadline: float) -> bool:
    """Put the ledger as it was published back in place where a checkpoint was begun upon it; true where that was done.

    The caller holds the ledger. A damaged published file never takes its place. Raises `BusyError` where a foreign
    process has the ledger until `deadline` (monotonic), and `OSError`.
    """
    while is_log_left(home):
        fd = os.open(home.ledger, os.O_RDWR | os.O_CLOEXEC)
        try:
            if try_file_lock(fd):
                # Looked at again under the lock: whoever had the file may have finished it.
                return is_log_left(home) and not is_as_published(home) and put_published_back(home)
        finally:
            os.close(fd)
        if time.monotonic() >= deadline:
            raise BusyError(f"{home.ledger}: another process has the lock of this file")
        time.sleep(POLL_S)
    return False


def is_log_left(home: Home) -> bool:
    """Whether there are commits that no checkpoint has, upon the checkpoint that is published."""
    return home.write_ahead_log.exists() and read_head(home.ledger) == read_head(home.published)


def try_file_lock(fd: int) -> bool:
    """Take the lock that DuckDB takes of a file which it writes to; false if somebody has it."""
    try:
        fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def is_as_published(home: Home) -> bool:
    """Whether no block of the ledger was written since it was published; that file may be longer."""
    with home.ledger.open("rb") as ledger, home.published.open("rb") as published:
        while chunk := ledger.read(CHUNK_BYTES):
            if chunk != published.read(len(chunk)):
                return False
    return True


def put_published_back(home: Home) -> bool:
    """Put a copy of the published file in the ledger's place, if all of it can be read."""
    staged = stage_ledger(home, home.published)
    if not is_sound(staged):
        staged.unlink()
        return False
    staged.replace(home.ledger)
    sync_folder(home.root)
    return True


def is_sound(path: Path) -> bool:
    """Whether every row of a DuckDB file can be read."""
    try:
        with duckdb.connect(path, read_only=True) as connection:
            read_whole(connection)
    except duckdb.Error as error:
        if is_damage(error):
            return False
        raise
    return True
