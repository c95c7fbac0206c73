"""The file that was published before the last: the next publication rewrites what differs in it, and puts it in place.

That saves writing the whole file anew each time, at the price of a third file. It is rewritten only if nobody has it
open and it has no second name; the kernel tells, by the lease that it gives on files that are open nowhere else.
"""

from __future__ import annotations

import fcntl
import os
import signal
from contextlib import suppress
from pathlib import Path

from warehouse.home import PRIVATE_FILE, Home

FROM_BYTES = 64 * 1024 * 1024  # smaller files are written anew: that takes no time, and no third file is left
F_SETLEASE, F_SETSIG = getattr(fcntl, "F_SETLEASE", None), getattr(fcntl, "F_SETSIG", None)


def open_next(home: Home) -> tuple[Path, int]:
    """The file to make the next publication of, open for writing: the retired one if it is free, or a new one.

    Raises `OSError`.
    """
    retired = retired_path(home)
    with suppress(FileNotFoundError):
        fd = os.open(retired, os.O_RDWR | os.O_CLOEXEC)
        if is_free(fd):
            return retired, fd
        os.close(fd)
    partial = home.published.with_suffix(".partial")
    for path in (retired, partial):  # whoever has the retired file keeps it, without a name
        path.unlink(missing_ok=True)
    return partial, os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE)


def is_free(fd: int) -> bool:
    """Whether a file is open nowhere else, in any process, and has no second name; false also if nobody can tell."""
    if F_SETLEASE is None or F_SETSIG is None or os.fstat(fd).st_nlink != 1:
        return False
    try:
        fcntl.fcntl(fd, F_SETSIG, signal.SIGURG)  # an open in this instant would signal, by default deadly
        fcntl.fcntl(fd, F_SETLEASE, fcntl.F_WRLCK)
        fcntl.fcntl(fd, F_SETLEASE, fcntl.F_UNLCK)
    except OSError:
        return False
    return True


def put_in_place(home: Home, path: Path, fd: int) -> None:
    """Put a finished file in place of the published one, which is retired if it is worth it; raises `OSError`."""
    retired, beside = retired_path(home), home.published.with_suffix(".beside")
    beside.unlink(missing_ok=True)
    is_kept = os.fstat(fd).st_size >= FROM_BYTES and is_free(fd) and home.published.exists()
    if is_kept:
        try:
            os.link(home.published, beside)
        except OSError:  # the disk knows no second names
            is_kept = False
    path.replace(home.published)
    if is_kept:
        beside.replace(retired)


def retired_path(home: Home) -> Path:
    """Where the retired file lies."""
    return home.published.with_suffix(".retired")
