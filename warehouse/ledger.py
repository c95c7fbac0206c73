"""Opening the private ledger file, always under our own lock: DuckDB's is not enough when processes take turns."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from policies.errors import WorkFailedError
from warehouse.home import PRIVATE_FILE, Home
from warehouse.locks import POLL_S, locked

LOCK_WAIT_S = 60.0


@contextmanager
def hold_ledger(home: Home, *, wait_s: float = LOCK_WAIT_S) -> Iterator[None]:
    """Be the one process that may touch the ledger file; raises `WorkFailedError` after `wait_s`."""
    try:
        home.create()
        with locked(home.lock, wait_s=wait_s):
            yield
    except OSError as error:
        raise WorkFailedError(f"{home.root}: {error}") from error


@contextmanager
def connect_ledger(home: Home, *, wait_s: float = LOCK_WAIT_S) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the ledger for reading and writing; the caller holds it. A foreign process that has the file is waited for.

    Raises `WorkFailedError` when the file stays taken for `wait_s`, or can't be read as a ledger.
    """
    deadline = time.monotonic() + wait_s
    while True:
        try:
            connection = duckdb.connect(home.ledger)
            break
        except duckdb.IOException as error:
            if "Could not set lock" not in str(error) or time.monotonic() >= deadline:
                raise WorkFailedError(f"{home.ledger}: {one_line(error)}") from error
            time.sleep(POLL_S)
        except duckdb.Error as error:
            raise WorkFailedError(f"{home.ledger}: {one_line(error)}") from error
    try:
        home.ledger.chmod(PRIVATE_FILE)
        connection.execute("SET TimeZone = 'UTC'")
        yield connection
    finally:
        connection.close()


def one_line(error: Exception) -> str:
    """An error's message with its line breaks and runs of blanks made single blanks."""
    return " ".join(str(error).split())
