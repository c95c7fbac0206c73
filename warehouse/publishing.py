"""Replacing the file that users open: a checkpointed copy of the ledger, put in place by one rename.

Whoever has the old file open keeps reading it; whoever opens after the rename gets the new one.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress

from warehouse.home import PRIVATE_FILE, Home
from warehouse.open_segment import sync_folder


def publish(home: Home) -> bool:
    """Publish the ledger if the published file is not a copy of it; the caller holds the ledger, and it is closed.

    Returns whether a file was published; raises `OSError`.
    """
    if is_current(home):
        return False
    partial = home.published.with_suffix(".partial")
    with suppress(FileNotFoundError):
        partial.unlink()
    partial.touch(mode=PRIVATE_FILE)
    shutil.copyfile(home.ledger, partial)
    with partial.open("rb+") as file:
        os.fsync(file.fileno())
    shutil.copystat(home.ledger, partial)  # the time stamp says which ledger it is a copy of
    partial.chmod(PRIVATE_FILE)
    partial.replace(home.published)
    sync_folder(home.root)
    return True


def is_current(home: Home) -> bool:
    """Whether the published file is a copy of the ledger as it is now."""
    try:
        ledger, published = home.ledger.stat(), home.published.stat()
    except FileNotFoundError:
        return False
    return (ledger.st_mtime_ns, ledger.st_size) == (published.st_mtime_ns, published.st_size)
