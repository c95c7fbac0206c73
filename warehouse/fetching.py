"""Bringing segments of other machines into the spool, from where they land like those of this one.

A segment is copied to a file that loaders don't look for, and takes its name once it is there as a whole. Names have a
random part, so one that has landed with as many bytes is not fetched again; and landing twice would add nothing.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from policies.errors import WorkFailedError
from warehouse.copies import Copied, copy_file
from warehouse.home import Home
from warehouse.landing import Landing, land
from warehouse.ledger import LOCK_WAIT_S
from warehouse.locks import locked
from warehouse.open_segment import SEALED, sync_folder
from warehouse.query import query
from warehouse.segments import read_lines
from warehouse.sources import Source, SourceFile, open_source
from warehouse.sql import sql_text

PARTIAL = ".fetching"


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was brought from a source. `known` had landed before; `other` files have no segment's name."""

    fetched: int
    known: int
    other: int
    removed: int
    n_bytes: int


def land_from(
    home: Home, address: str, *, remove: bool = False, landed_at: datetime | None = None, wait_s: float = LOCK_WAIT_S
) -> tuple[Fetched, Landing]:
    """Fetch the sealed segments at an address, and land them with all else that is ready.

    With `remove`, those whose very bytes have landed are deleted there, and only they. Raises like `open_source`, its
    methods and `land`; what was fetched until then stays in the spool, and nothing is fetched twice for it.
    """
    source = open_source(address)
    home.create()
    with locked(home.root / "fetch.lock", wait_s=wait_s):
        for left_over in home.spool.glob("*" + PARTIAL):  # of a fetch that was killed
            left_over.unlink()
        files, n_other = source.segments()
        known = landed_sizes(home)
        wanted = [file for file in files if remove or file.n_bytes is None or known.get(file.name) != file.n_bytes]
        copied = [(file, fetch(home, source, file)) for file in wanted]
        landing = land(home, landed_at=landed_at, wait_s=wait_s)
        n_removed = remove_landed(home, source, copied) if remove else 0
    n_bytes = sum(one.n_bytes for _, one in copied)
    return Fetched(len(wanted), len(files) - len(wanted), n_other, n_removed, n_bytes), landing


def fetch(home: Home, source: Source, file: SourceFile) -> Copied:
    """Copy one segment into the spool, durable; again where its size or its lines' checksums are not right.

    What is damaged at the source itself comes as it is: landing puts those lines into quarantine. Raises
    `WorkFailedError` where it did not come as a whole.
    """
    partial = home.spool / (file.name + PARTIAL)
    for is_last in (False, True):
        partial.unlink(missing_ok=True)
        with source.reading(file) as stream:
            copied = copy_file(stream, partial)
        is_whole = file.n_bytes in (None, copied.n_bytes)
        if is_whole and (is_last or is_sound(partial)):
            break
    if not is_whole:
        partial.unlink()
        raise WorkFailedError(f"{source.shown}: {file.name} has {file.n_bytes} bytes, of which {copied.n_bytes} came")
    os.rename(partial, home.spool / (file.name + SEALED))  # noqa: PTH104 -- onto an earlier copy of the same, if any
    sync_folder(home.spool)
    return copied


def is_sound(path: Path) -> bool:
    """Whether every line of a segment passes its checksum."""
    return not read_lines(path.read_bytes()).refused


def landed_sizes(home: Home) -> dict[str, int]:
    """The segments that have landed, as users see it: names and bytes; none before the first land."""
    if not home.published.exists():
        return {}
    return {str(name): int(str(n_bytes)) for name, n_bytes, _ in query(home, sql_text("reads", "segments")).rows}


def remove_landed(home: Home, source: Source, copied: list[tuple[SourceFile, Copied]]) -> int:
    """Delete at the source what has landed with the very bytes that were fetched; returns how many."""
    landed = {(name, checksum) for name, _, checksum in query(home, sql_text("reads", "segments")).rows}
    removable = [file for file, one in copied if (file.name, one.sha256) in landed]
    for file in removable:
        source.remove(file)
    return len(removable)
