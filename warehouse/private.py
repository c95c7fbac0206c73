"""Files that nobody but their owner may look into, whatever the process's umask is."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal

from warehouse.home import PRIVATE_FILE

PRIVATE_UMASK = 0o077


def open_private(path: Path, mode: Literal["wb", "ab"]) -> BinaryIO:
    """Open a file for writing, made for its owner alone where it is new."""
    return open(path, mode, opener=lambda name, flags: os.open(name, flags, PRIVATE_FILE))


class _Umask:
    """The process's umask, tightened for as long as anyone needs it: it is one for all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._n_users = 0
        self._old = 0

    def tighten(self) -> None:
        with self._lock:
            if self._n_users == 0:
                self._old = os.umask(PRIVATE_UMASK)
            self._n_users += 1

    def let_go(self) -> None:
        with self._lock:
            self._n_users -= 1
            if self._n_users == 0:
                os.umask(self._old)


_UMASK = _Umask()


@contextmanager
def private_files() -> Iterator[None]:
    """Have new files made private also by those who can't be told a mode, as DuckDB: its log, its temporary files."""
    _UMASK.tighten()
    try:
        yield
    finally:
        _UMASK.let_go()
