"""One process at a time works on a run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from policies.errors import WorkFailedError
from tasks.run_folder import RunFolder


@contextmanager
def hold_run(folder: RunFolder) -> Iterator[None]:
    """Be the one who works on a run, for as long as the body takes; the lock goes with its process, however that ends.

    Raises `WorkFailedError` at once where another process holds the run: two would buy every answer twice.
    """
    folder.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock(folder.path.with_name(f".{folder.run_id}.lock"), mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise WorkFailedError(f"run {folder.run_id} is being worked on by another process") from error
    try:
        yield
    finally:
        lock.release()
