"""Bringing a backup back: each step leaves a home that works, so that a restore that was killed can be done again.

In order: a copy of the ledger beside its place; what is to be replaced set aside; the segments; the runs; then the
published file goes, the ledger takes its place by one rename, and is published. What users open is missing for a
moment, on purpose: an open astride two files that are not one checkpoint apart would read what was in neither (see
docs/decisions/0001).
"""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from policies.errors import BadInputError
from warehouse.backup import LEDGER, RUNS, SPOOL, BackedUp, Manifest, check_files, read_manifest
from warehouse.copies import Copied, copy_file, hash_file, make_folder, sync_tree
from warehouse.home import Home
from warehouse.ledger import LOCK_WAIT_S, hold_ledger
from warehouse.open_segment import OPEN, SEALED, sync_folder
from warehouse.publishing import publish
from warehouse.replacing import set_ledger_aside, stage_ledger

OPENING_S = 0.25  # a reader's three opens of one file are over by then


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore came to; `set_aside` is the folder of what was replaced, if anything was."""

    created_at: datetime
    n_rows: int
    n_segments: int
    n_runs: int
    set_aside: str | None


def restore(backup: Path, home: Home, *, replace: bool, restored_at: datetime, wait_s: float = LOCK_WAIT_S) -> Restored:
    """Put a backup's ledger, segments and runs into a home; segments and runs that are there already stay.

    Nothing is written before the whole backup has been checked. A home that holds anything that is not of this backup
    is refused unless `replace`; its ledger is then set aside, not deleted. Raises `BadInputError` for a backup that is
    none, damaged, or of a newer version, and `WorkFailedError` when the ledger is held for `wait_s` or the disk
    refuses: then the same command may be given again. Writers may be at work: what they write lands afterwards.
    """
    manifest = read_manifest(backup)
    check_files(backup, manifest)
    with hold_ledger(home, wait_s=wait_s):
        if not replace and (found := foreign_content(home, manifest)) is not None:
            problem = "is in the home already; --replace sets the old ledger aside and keeps segments and runs"
            raise BadInputError(problem, file=found)
        staged = stage_ledger(home, backup / LEDGER) if manifest.has_ledger else None
        set_aside = set_old_aside(home, manifest, restored_at=restored_at)
        n_segments = sum(restore_segment(backup, home, file) for file in manifest.below(SPOOL))
        n_runs = restore_runs(backup, home, manifest)
        if staged is not None:
            replace_ledger(home, staged)
    return Restored(manifest.created_at, manifest.n_rows, n_segments, n_runs, set_aside)


def foreign_content(home: Home, manifest: Manifest) -> Path | None:
    """The first thing in a home that is not of this backup: a restore that was killed may have left the rest."""
    known = {file.path: Copied(file.n_bytes, file.sha256) for file in manifest.files}
    segments = [path for path in sorted(home.spool.iterdir()) if path.suffix in (OPEN, SEALED)]
    for path in [path for path in (home.ledger, home.write_ahead_log) if path.exists()] + segments:
        place = LEDGER if path == home.ledger else f"{SPOOL}/{path.name}"
        if known.get(place) != hash_file(path):
            return path
    runs = {file.path.split("/")[1] for file in manifest.below(RUNS)}
    return next((path for path in sorted(home.runs.iterdir()) if path.is_dir() and path.name not in runs), None)


def set_old_aside(home: Home, manifest: Manifest, *, restored_at: datetime) -> str | None:
    """Keep the old ledger where it is to be replaced, unless a restore that was killed has put the backup's there."""
    if not (manifest.has_ledger and home.ledger.exists()) or is_backups_own(home.ledger, manifest):
        return None
    return str(set_ledger_aside(home, at=restored_at))


def is_backups_own(path: Path, manifest: Manifest) -> bool:
    """Whether a ledger is the backup's, put there by a restore that was killed."""
    return any(file.path == LEDGER and hash_file(path) == Copied(file.n_bytes, file.sha256) for file in manifest.files)


def restore_segment(backup: Path, home: Home, file: BackedUp) -> bool:
    """Put one segment into the spool, unless it is there: it only ever grew since the backup. True if it was put."""
    target = home.root / file.path
    if target.exists() or target.with_suffix(SEALED).exists():
        return False
    put_file(backup, home, file)
    return True


def restore_runs(backup: Path, home: Home, manifest: Manifest) -> int:
    """Put the runs there that the home has not, each whole or not at all; returns how many."""
    by_run: dict[str, list[BackedUp]] = {}
    for file in manifest.below(RUNS):
        by_run.setdefault(file.path.split("/")[1], []).append(file)
    missing = {run: files for run, files in by_run.items() if not (home.runs / run).exists()}
    for run, files in missing.items():
        beside = home.runs / f".{run}.restoring"
        shutil.rmtree(beside, ignore_errors=True)  # of a restore that was killed
        for file in files:
            target = beside / Path(file.path).relative_to(Path(RUNS) / run)
            make_folder(target.parent)
            with (backup / file.path).open("rb") as source:
                copy_file(source, target)
        sync_tree(beside)
        beside.replace(home.runs / run)
    sync_folder(home.runs)
    return len(missing)


def put_file(backup: Path, home: Home, file: BackedUp) -> None:
    """Copy one file of the backup to its place, whole or not at all."""
    target = home.root / file.path
    beside = target.with_name(f".{target.name}.restoring")
    beside.unlink(missing_ok=True)
    with (backup / file.path).open("rb") as source:
        copy_file(source, beside)
    beside.replace(target)
    sync_folder(target.parent)


def replace_ledger(home: Home, staged: Path) -> None:
    """Put another ledger in place, and publish it."""
    home.published.unlink(missing_ok=True)
    sync_folder(home.root)
    time.sleep(OPENING_S)
    staged.replace(home.ledger)
    sync_folder(home.root)
    publish(home)
