"""A file lock by `flock`, which the kernel lets go when its owner dies, however it dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from policies.errors import WorkFailedError
from warehouse.home import PRIVATE_FILE

POLL_S = 0.02


class BusyError(WorkFailedError):
    """Another process held what was needed for longer than one was willing to wait; nothing was changed."""


def try_lock(fd: int) -> bool:
    """Take the exclusive lock of an open file without waiting; false if somebody else has it."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def locked(path: Path, *, wait_s: float) -> Iterator[None]:
    """Hold the lock of `path`, made if missing; threads of one process exclude each other too.

    Raises `BusyError` that names the owner when the lock is not free within `wait_s`.
    """
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        wait_for(fd, wait_s, lambda: f"{path} has been locked for {wait_s:g} s by {owner_of(fd)}")
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"process {os.getpid()}".encode(), 0)
        yield
    finally:
        os.close(fd)


@contextmanager
def folder_locked(folder: Path, *, wait_s: float) -> Iterator[None]:
    """Hold the lock of a folder, and leave nothing in it; otherwise as `locked`, without the owner's name."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        wait_for(fd, wait_s, lambda: f"{folder} has been locked for {wait_s:g} s by another process")
        yield
    finally:
        os.close(fd)


def wait_for(fd: int, wait_s: float, problem: Callable[[], str]) -> None:
    """Take a lock as soon as it is free; raises `BusyError` when that takes longer than `wait_s`."""
    deadline = time.monotonic() + wait_s
    while not try_lock(fd):
        if time.monotonic() >= deadline:
            raise BusyError(problem())
        time.sleep(POLL_S)


def owner_of(fd: int) -> str:
    """Who wrote its name into a lock file last."""
    return os.pread(fd, 100, 0).decode("utf-8", "replace") or "another process"
