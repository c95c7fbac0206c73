"""Holding still what was published, so that what is learned is what was validated, whatever lands meanwhile."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from policies.errors import BadInputError
from warehouse.home import Home

PREFIX = "snapshot-"
MAX_AGE_S = 24 * 3600.0


@contextmanager
def hold_facts(home: Home) -> Iterator[Home]:
    """A home to read from whose published file stays as it is now, until the end of the block.

    Raises `BadInputError` where nothing was published yet.
    """
    if not home.published.exists():
        raise BadInputError("there is no warehouse yet: run a job or `pointsman land` first", file=home.published)
    remove_forgotten(home, older_than_s=MAX_AGE_S)
    folder = Path(mkdtemp(prefix=PREFIX, dir=home.root))
    try:
        link_or_copy(home.published, Home(folder).published)
        yield Home(folder)
    finally:
        shutil.rmtree(folder)


def link_or_copy(source: Path, target: Path) -> None:
    """A second name for the file, which a publication does not touch; a copy where the disk knows no second names."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def remove_forgotten(home: Home, *, older_than_s: float) -> None:
    """Remove what killed processes left: a snapshot keeps a whole file from being freed."""
    for folder in home.root.glob(PREFIX + "*"):
        if time.time() - folder.stat().st_mtime > older_than_s:
            shutil.rmtree(folder, ignore_errors=True)
