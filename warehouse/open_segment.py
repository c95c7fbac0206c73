"""The segment that a living process writes to: locked as long as its writer lives, sealed by rename."""

from __future__ import annotations

import os
import re
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from warehouse.home import PRIVATE_FILE, Home
from warehouse.locks import try_lock

OPEN, SEALED, NEW = ".open", ".jsonl", ".new"


class OpenSegment:
    """One open segment; every `OSError` of the disk comes through, and `abandon` then ends it.

    Attributes: `n_bytes` that are durable, and `opened_s` on the monotonic clock.
    """

    def __init__(self, home: Home, *, process_name: str) -> None:
        home.create()
        stem = home.spool / segment_name(process_name)
        self.path = stem.with_name(stem.name + OPEN)
        new = stem.with_name(stem.name + NEW)
        self._fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, PRIVATE_FILE)
        self.n_bytes, self.opened_s = 0, time.monotonic()
        try:
            # Locked before it gets the name that loaders look for: they never take it for abandoned.
            try_lock(self._fd)
            new.rename(self.path)
            sync_folder(home.spool)
        except OSError:
            os.close(self._fd)
            raise

    def write(self, data: bytes) -> None:
        """Append and make durable; after an error nothing of `data` is left where that can be helped."""
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(self._fd, view) :]
            os.fsync(self._fd)
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._fd, self.n_bytes)
                os.fsync(self._fd)
            raise
        self.n_bytes += len(data)

    def seal(self) -> None:
        """Give the segment its final name, then let go of it."""
        try:
            self.path.rename(self.path.with_suffix(SEALED))
            sync_folder(self.path.parent)
        finally:
            os.close(self._fd)

    def abandon(self) -> None:
        """Let go of the segment as a dead process would."""
        with suppress(OSError):
            os.close(self._fd)


def segment_name(process_name: str) -> str:
    """A unique name that sorts by time: when, who, which process, and a random part."""
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", process_name)[:40] or "writer"
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{name}-{os.getpid()}-{uuid4().hex[:12]}"


def sync_folder(folder: Path) -> None:
    """Make names in a folder durable."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
