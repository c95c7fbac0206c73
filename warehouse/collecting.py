"""Which segments are ready to land: the sealed ones, and open ones whose writer is dead."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from warehouse.home import Home
from warehouse.locks import try_lock
from warehouse.open_segment import NEW, OPEN, SEALED

STALE_NEW_S = 3600.0


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment's bytes as read, and where they came from."""

    path: Path
    name: str  # the same before and after sealing
    data: bytes
    checksum: str  # sha256 of the bytes
    is_abandoned: bool


def ready_segments(home: Home) -> Iterator[Segment]:
    """Read the segments that are ready, in the order of their names, which is that of time."""
    for path in sorted(home.spool.iterdir()):
        if path.suffix == SEALED:
            yield segment_of(path, path.read_bytes(), is_abandoned=False)
        elif path.suffix == OPEN:
            data = read_abandoned(path)
            if data is not None:
                yield segment_of(path, data, is_abandoned=True)
        elif path.suffix == NEW:
            remove_stale(path)


def segment_of(path: Path, data: bytes, *, is_abandoned: bool) -> Segment:
    """A segment of the bytes that were read from a path."""
    return Segment(path, path.stem, data, sha256(data).hexdigest(), is_abandoned)


def read_abandoned(path: Path) -> bytes | None:
    """The bytes of an open segment that nobody writes to any more; None if somebody does, or it was just sealed."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with open(fd, "rb") as file:  # noqa: PTH123 -- owns the descriptor that is to be locked
        if not try_lock(fd) or not path.exists():
            return None
        return file.read()


def remove_stale(path: Path) -> None:
    """Remove what a writer left behind that died before its first record; young files may still be in use."""
    with suppress(FileNotFoundError):
        if time.time() - path.stat().st_mtime > STALE_NEW_S:
            path.unlink()
