"""Copies of files that are durable, private and hashed as they are written."""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from warehouse.home import PRIVATE_FILE, PRIVATE_FOLDER
from warehouse.open_segment import sync_folder

CHUNK_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Copied:
    """How much was copied, and its SHA-256."""

    n_bytes: int
    sha256: str


def copy_file(source: BinaryIO, target: Path) -> Copied:
    """Copy what is left of an open file to a new one that its owner alone may read; durable when this returns.

    Raises `OSError`, also where the target exists.
    """
    digest, n_bytes = sha256(), 0
    fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE)
    with open(fd, "wb") as file:  # noqa: PTH123 -- owns the descriptor
        while chunk := source.read(CHUNK_BYTES):
            file.write(chunk)
            digest.update(chunk)
            n_bytes += len(chunk)
        file.flush()
        os.fsync(fd)
    return Copied(n_bytes, digest.hexdigest())


def hash_file(path: Path) -> Copied:
    """What `copy_file` says of a file, without copying it."""
    digest, n_bytes = sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
            n_bytes += len(chunk)
    return Copied(n_bytes, digest.hexdigest())


def make_folder(folder: Path) -> Path:
    """A folder, with those above it, that its owner alone may enter; those that are there stay as they are."""
    for missing in reversed([place for place in (folder, *folder.parents) if not place.exists()]):
        missing.mkdir(mode=PRIVATE_FOLDER)  # with `parents=True` those above would get the mode of the umask
    return folder


def sync_tree(folder: Path) -> None:
    """Make the names in a folder, and in all below it, durable."""
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            sync_folder(path)
    sync_folder(folder)
