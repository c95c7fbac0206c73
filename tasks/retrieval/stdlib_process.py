"""The standard library's entries read in a fresh, isolated interpreter.

Imported libraries leave marks on the standard library (a logging handler in a default value, a replaced
`warnings.showwarning`), so reading it in this process would give a different corpus from one run to the next.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from policies.errors import WorkFailedError
from tasks.retrieval.stdlib import Entry

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_S = 120
PROGRAM = "import sys; sys.path.append(sys.argv[1]); from tasks.retrieval import stdlib; stdlib.print_entries()"


def read_entries() -> list[Entry]:
    """Every entry, the same for the same interpreter whatever this process has imported (about 0.4 s).

    Raises `WorkFailedError` where the other interpreter fails, or has no docstrings.
    """
    flags = ["-I", "-S", "-W", "ignore", *(["-OO"] if sys.flags.optimize >= 2 else [])]
    command = [sys.executable, *flags, "-c", PROGRAM, str(ROOT)]
    try:
        # Our own program in our own interpreter; nothing of it comes from a job file.
        done = subprocess.run(command, capture_output=True, check=True, timeout=TIMEOUT_S, encoding="utf-8")  # noqa: S603
    except subprocess.CalledProcessError as error:
        last = error.stderr.strip().splitlines()[-1:] or ["no message"]
        raise WorkFailedError(f"the standard library's docstrings could not be read: {last[0]}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise WorkFailedError(f"the standard library's docstrings could not be read: {error}") from error
    return [Entry(*json.loads(line)) for line in done.stdout.splitlines()]
