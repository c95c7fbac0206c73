"""Faults that the file system is made to show: a library in C, preloaded into the processes under test.

It needs a C compiler; without one the tests that use it are skipped, and say so.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("shim.c")


def build_shim(folder: Path) -> Path | None:
    """Compile the shim into a folder; None without a C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        return None
    library = folder / "shim.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl"], check=True)
    return library


def trace(root: Path, file: Path) -> list[str | int]:
    """Note every file operation below `root` in `file`."""
    return ["fault_trace", str(root), str(file)]


def kill_at(root: Path, nth: int, *, is_torn: bool) -> list[str | int]:
    """Die before the nth file operation below `root`, or after half of what it writes."""
    return ["fault_kill", str(root), nth, int(is_torn)]


def fail_from(root: Path, part: str, nth: int, *, error: int, relief: Path) -> list[str | int]:
    """Let writing below `root` fail with an errno from the nth time that a path has `part`, until `relief` exists."""
    return ["fault_fail", str(root), part, nth, error, str(relief)]


def stop_before_lock(root: Path, part: str) -> list[str | int]:
    """Stop, once, before the process locks a record of a file below `root` whose path has `part`."""
    return ["fault_stop", str(root), part]
