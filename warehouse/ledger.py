"""Opening the private ledger file, always under our own lock: DuckDB's is not enough when processes take turns."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from policies.errors import WorkFailedError
from warehouse.damage import LEDGER_REMEDY, DamagedError, ledger_failure, one_line
from warehouse.file_header import HEAD_BYTES, read_head
from warehouse.home import PRIVATE_FILE, Home
from warehouse.locks import POLL_S, BusyError, locked
from warehouse.private import private_files
from warehouse.unfinished import take_back_checkpoint

LOCK_WAIT_S = 60.0
# Of a row group with one text of 16 KiB or more DuckDB packs none, unless it may take zstd: by default from 4 KiB on.
SETTINGS = "SET TimeZone = 'UTC'; SET zstd_min_string_length = 256"


@contextmanager
def hold_ledger(home: Home, *, wait_s: float = LOCK_WAIT_S) -> Iterator[None]:
    """Be the one process that may touch the ledger file; raises `BusyError` after `wait_s`."""
    try:
        home.create()
        with private_files(), locked(home.lock, wait_s=wait_s):
            yield
    except OSError as error:
        raise WorkFailedError(f"{home.root}: {error}") from error


@contextmanager
def connect_ledger(
    home: Home, *, on_change: Callable[[Home], object], wait_s: float = LOCK_WAIT_S
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the ledger for reading and writing; the caller holds it. A foreign process that has the file is waited for.

    DuckDB reads a file's head before it has the file's lock, so a foreign process can change the file in between, and
    what is then written upon the old head is lost. So the head must be the same before the open and under the lock.
    `on_change` is called, with the file closed, when it was not: also where opening it replayed a dead loader's log.
    A checkpoint in whose midst a loader died is taken back first.
    Raises `BusyError` when the file stays taken for `wait_s`, `WorkFailedError` when it can't be read as a ledger.
    """
    deadline = time.monotonic() + wait_s
    create_ledger(home)
    take_back_checkpoint(home, deadline=deadline)
    while True:
        with sentinel(home.ledger) as head_of:
            before = head_of()
            connection = open_ledger(home, deadline=deadline)
            try:
                if before == head_of():
                    yield connection
                    return
            finally:
                connection.close()
        on_change(home)


def create_ledger(home: Home, *, fill: Callable[[duckdb.DuckDBPyConnection], object] | None = None) -> None:
    """Make a ledger if there is none, with what `fill` puts in: whole or not at all, also where the process is killed.

    Raises `DamagedError` where there was one.
    """
    if home.ledger.exists():
        return
    if home.published.exists():  # an empty ledger would be published in place of all that there is
        raise DamagedError(f"{home.ledger} is missing; {LEDGER_REMEDY}")
    partial = home.ledger.with_suffix(".new")
    for path in (partial, Path(f"{partial}.wal")):
        path.unlink(missing_ok=True)
    with duckdb.connect(partial) as connection:
        if fill is not None:
            fill(connection)
    partial.chmod(PRIVATE_FILE)
    partial.replace(home.ledger)


@contextmanager
def sentinel(path: Path) -> Iterator[Callable[[], bytes]]:
    """A reader of a file's head that may be asked while DuckDB has the file: closing a file drops a process's locks."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield lambda: os.pread(fd, HEAD_BYTES, 0)
    finally:
        os.close(fd)


def open_ledger(home: Home, *, deadline: float, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """Connect as soon as no foreign process has the file; raises `BusyError` at the deadline (monotonic).

    What looks like damage is none where a foreign process has changed the file since its head was read.
    """
    while True:
        before = read_head(home.ledger)
        try:
            connection = duckdb.connect(home.ledger, read_only=read_only)
        except duckdb.Error as error:
            if "Could not set lock" in str(error):
                if time.monotonic() >= deadline:
                    raise BusyError(f"{home.ledger}: {one_line(error)}") from error
                time.sleep(POLL_S)
            elif before == read_head(home.ledger):
                raise ledger_failure(home, error) from error
        else:
            connection.execute(SETTINGS)
            return connection
