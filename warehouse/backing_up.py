"""Making a backup while writers, readers and other loaders are at work."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import duckdb

from policies.errors import BadInputError, WorkFailedError
from warehouse.backup import FORMAT, LEDGER, MANIFEST, RUNS, SPOOL, BackedUp, Manifest
from warehouse.copies import copy_file, make_folder, sync_tree
from warehouse.damage import ledger_failure, published_failure, read_whole
from warehouse.home import PRIVATE_FOLDER, Home
from warehouse.ledger import LOCK_WAIT_S, hold_ledger
from warehouse.locks import try_lock
from warehouse.migrating import applied_checksums, is_migration
from warehouse.open_segment import OPEN, SEALED, sync_folder
from warehouse.publishing import one_checkpoint

MARK = "unfinished"  # tells a folder that a killed backup has left from one of somebody else's


@dataclass(frozen=True, slots=True)
class Content:
    """What a ledger holds."""

    migrations: tuple[str, ...]
    n_rows: int


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup came to; `n_rows` are those of all the ledger's tables, every one of which was read."""

    folder: str
    n_rows: int
    n_segments: int
    n_run_files: int
    n_bytes: int


def back_up(
    home: Home, destination: Path, *, with_runs: bool, created_at: datetime, wait_s: float = LOCK_WAIT_S
) -> Backup:
    """Copy a home into a new folder, with every record that was acknowledged before the call.

    Runs come first, then, under the loader's lock, the spool: what a run's files count as done is in the spool or in
    the ledger by then. The ledger's copy is made of the published file, which never changes once it is there, so that
    nobody waits for it. Raises `BadInputError` for a destination that can't be one, and `WorkFailedError` when the
    disk refuses, the ledger is held for `wait_s`, or what is to be copied is damaged; then nothing is left behind.
    """
    check_destination(home, destination)
    with unfinished(destination) as folder, ExitStack() as stack:
        files = list(copy_runs(home, folder)) if with_runs else []
        with hold_ledger(home, wait_s=wait_s):
            ledger = pin_ledger(home, wait_s=wait_s)
            if ledger is not None:
                stack.enter_context(ledger)
            with disk_errors(destination):
                files += copy_spool(home, folder)
        content = Content((), 0)
        if ledger is not None:
            files.append(backed_up(ledger, folder, LEDGER))
            content = read_copy(home, folder / LEDGER)
        manifest = Manifest(
            format=FORMAT, created_at=created_at, migrations=content.migrations, n_rows=content.n_rows,
            has_runs=with_runs, files=tuple(files),
        )  # fmt: skip
        copy_file(BytesIO(manifest.model_dump_json(indent=1).encode()), folder / MANIFEST)
    n_segments, n_run_files = len(manifest.below(SPOOL)), len(manifest.below(RUNS))
    n_bytes = sum(file.n_bytes for file in files)
    return Backup(str(destination), content.n_rows, n_segments, n_run_files, n_bytes)


@contextmanager
def disk_errors(destination: Path) -> Iterator[None]:
    """Say in one line which file the disk refuses."""
    try:
        yield
    except OSError as error:
        raise WorkFailedError(f"{error.filename or destination}: no backup: {error.strerror or error}") from error


def check_destination(home: Home, destination: Path) -> None:
    """Raise `BadInputError` where a backup can't go, or where there is nothing to back up."""
    if not home.root.is_dir():
        raise BadInputError("there is no warehouse yet: run a job first", file=home.root)
    if destination.resolve().is_relative_to(home.root.resolve()):
        raise BadInputError("a backup must not lie in what it is one of", file=destination)
    if not destination.parent.is_dir():
        raise BadInputError("the folder that the backup is to lie in is not there", file=destination.parent)
    if destination.exists() and (not destination.is_dir() or any(destination.iterdir())):
        raise BadInputError("is there already, and is no empty folder", file=destination)


@contextmanager
def unfinished(destination: Path) -> Iterator[Path]:
    """A folder beside the destination that becomes it at the end; it is gone where the body fails."""
    folder = destination.with_name(f"{destination.name}.partial")
    with disk_errors(destination), marked(folder):
        try:
            yield folder
            sync_tree(folder)
            folder.replace(destination)
            sync_folder(destination.parent)
            (destination / MARK).unlink()
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


@contextmanager
def marked(folder: Path) -> Iterator[None]:
    """Make a folder with a mark, locked for as long as its owner lives, in place of one that a killed backup left."""
    mark = folder / MARK
    if folder.exists():
        if any(folder.iterdir()) and not mark.exists():
            raise BadInputError("is in the way of the backup", file=folder)
        if mark.exists() and not is_free(mark):
            raise BadInputError("is being written by another process", file=folder)
        shutil.rmtree(folder)
    folder.mkdir(mode=PRIVATE_FOLDER)
    with mark.open("xb") as file:
        try_lock(file.fileno())
        yield


def is_free(mark: Path) -> bool:
    """Whether whoever made a mark has died."""
    with mark.open("rb") as file:
        return try_lock(file.fileno())


def pin_ledger(home: Home, *, wait_s: float) -> BinaryIO | None:
    """The published file, opened, at the ledger's latest checkpoint; None before the first land."""
    if not home.ledger.exists():
        return None
    try:
        with one_checkpoint(home, wait_s=wait_s):
            pass  # what a dead loader left in the log is checkpointed and published
    except duckdb.Error as error:
        raise ledger_failure(home, error) from error
    return home.published.open("rb")


def read_copy(home: Home, copy: Path) -> Content:
    """What a copied ledger holds; all of it is read, so that damage shows now."""
    try:
        with duckdb.connect(copy, read_only=True) as connection:
            migrations = sorted(filter(is_migration, applied_checksums(connection)))
            return Content(tuple(migrations), read_whole(connection))
    except duckdb.Error as error:
        raise published_failure(home, error) from error


def copy_spool(home: Home, folder: Path) -> Iterator[BackedUp]:
    """Copy every segment that is in the spool, open ones as far as they are written."""
    for path in sorted(home.spool.iterdir()):
        if path.suffix in (OPEN, SEALED):
            yield from copy_segment(path, folder)
    # A segment that was begun after the list was made has nothing in it that was there before the call.


def copy_segment(path: Path, folder: Path) -> Iterator[BackedUp]:
    """Copy one segment under the name that it has now; sealing renames it."""
    for candidate in (path, path.with_suffix(SEALED)):
        with suppress(FileNotFoundError), candidate.open("rb") as file:
            yield backed_up(file, folder, f"{SPOOL}/{candidate.name}")
            return


def copy_runs(home: Home, folder: Path) -> Iterator[BackedUp]:
    """Copy the files of all runs, but not locks and files that are only being written."""
    for path in sorted(home.runs.rglob("*")):
        place = path.relative_to(home.runs)
        if not any(part.startswith(".") for part in place.parts) and path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                yield backed_up(file, folder, f"{RUNS}/{place.as_posix()}")


def backed_up(source: BinaryIO, folder: Path, place: str) -> BackedUp:
    """Copy an open file to its place in the backup."""
    target = folder / place
    make_folder(target.parent)
    copied = copy_file(source, target)
    return BackedUp(path=place, n_bytes=copied.n_bytes, sha256=copied.sha256)
