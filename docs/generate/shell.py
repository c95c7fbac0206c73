"""Runs `pointsman` for the documentation: in a home of its own, at a fixed width, without colours."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
COLUMNS = "100"
TIMEOUT_S = 1800.0
PROGRAM = "import sys; sys.argv[0] = 'pointsman'; from flows.cli import main; main()"
ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
CACHE = "POINTSMAN_CACHE"


class CommandFailedError(Exception):
    """A documented command did not exit with 0."""


def run_pointsman(command: str, *, home: Path) -> str:
    """Standard output of a command line that begins with `pointsman`, the home's path shown as `.pointsman`.

    The weights are those in the user's own cache. Raises `CommandFailedError` with standard error's last line.
    """
    words = shlex.split(command)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words[1:]],
        cwd=ROOT,
        env=environment(home=home),
        capture_output=True,
        encoding="utf-8",
        timeout=TIMEOUT_S,
        check=False,
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise CommandFailedError(f"`{command}` exited with {done.returncode}: {last}")
    return clean(done.stdout, home=home)


def environment(*, home: Path) -> Mapping[str, str]:
    """The caller's environment without its own settings of Pointsman, and with ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("POINTSMAN_") or name == CACHE}
    own = {"POINTSMAN_HOME": str(home), "COLUMNS": COLUMNS, "NO_COLOR": "1", "TERM": "dumb", "PYTHONUTF8": "1"}
    return {**kept, **own}


def clean(output: str, *, home: Path) -> str:
    """Output without colours, blanks at line ends and paths of this machine."""
    text = ANSI.sub("", output)
    for path in (home.resolve(), home.absolute()):
        text = text.replace(str(path), ".pointsman")
    lines = [line.rstrip() for line in text.splitlines()]
    while lines and not lines[0]:
        lines.pop(0)
    return "\n".join(lines).rstrip() + "\n"
