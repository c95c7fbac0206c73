"""Putting another file in the ledger's place, without losing the one that was there."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from warehouse.copies import copy_file, make_folder, sync_tree
from warehouse.home import Home
from warehouse.open_segment import sync_folder


def stage_ledger(home: Home, source: Path) -> Path:
    """A copy of a ledger beside the place that it is to take, durable."""
    staged = home.ledger.with_suffix(".restoring")
    staged.unlink(missing_ok=True)
    with source.open("rb") as file:
        copy_file(file, staged)
    return staged


def set_ledger_aside(home: Home, *, at: datetime) -> Path:
    """Keep ledger, log and published copy in a folder `replaced/TIME`, and take the log away from where it is.

    The ledger stays where it is as well, until another one takes its place: there is always one. A log must never be
    replayed upon another ledger; what it has is in the spool too, since segments stay until a checkpoint.
    """
    folder = make_folder(home.root / "replaced" / f"{at:%Y%m%dT%H%M%S%f}")
    for path in (home.ledger, home.write_ahead_log, home.published):
        if path.exists():
            os.link(path, folder / path.name)
    sync_tree(folder.parent)
    home.write_ahead_log.unlink(missing_ok=True)
    sync_folder(home.root)
    return folder
