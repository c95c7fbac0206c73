"""One process at a time works on a run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from policies.errors import BadInputError, WorkFailedError
from tasks.run_folder import RunFolder
from tasks.settings import made_home
from warehouse.home import Home


@contextmanager
def hold_run(folder: RunFolder) -> Iterator[None]:
    """Be the one who works on a run, for as long as the body takes; the lock goes with its process, however that ends.

    Raises `WorkFailedError` at once where another process holds the run: two would buy every answer twice.
    """
    home = made_home(Home(folder.path.parent.parent))
    lock = FileLock(home.runs / f".{folder.run_id}.lock", mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise WorkFailedError(f"run {folder.run_id} is being worked on by another process") from error
    except OSError as error:
        raise BadInputError(f"can't be written: {error.strerror}", file=folder.path.parent) from error
    try:
        yield
    finally:
        lock.release()
