"""Standard output and error as a command needs them: what can't be printed, or nobody reads any more, ends nothing."""

from __future__ import annotations

import io
import os
import sys


def print_anything() -> None:
    """Let what a stream's encoding lacks be printed as a backslash and its number, instead of raising."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def abandon_output() -> None:
    """Let what is still to be printed go nowhere, so that the interpreter does not complain of it at its exit."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
