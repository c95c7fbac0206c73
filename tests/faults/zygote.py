"""A process that has imported what the tests' processes need, and forks one of them at each command.

Started by `children.py`. One JSON object per line comes in: `{"role": NAME, "arguments": [TEXT …], "fault": [NAME,
ARGUMENT …] | null}` is answered by the number of a fresh process that plays the role, its fault armed; `{"wait": N}` by
the exit status of process N, negative for a signal. A role's expected failure is one line in the log and status 1.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
import traceback
from collections.abc import Sequence

from policies.errors import PointsmanError
from tests.faults.roles import ROLES

UNEXPECTED = 70  # the exit status of what no role should raise; its traceback is in the log


def arm(fault: Sequence[str | int] | None) -> None:
    """Tell the preloaded shim what is to go wrong in this process."""
    if fault is not None:
        name, *arguments = fault
        library = ctypes.CDLL(None)
        getattr(library, str(name))(*(a.encode() if isinstance(a, str) else ctypes.c_long(a) for a in arguments))


def play(role: str, arguments: Sequence[str], fault: Sequence[str | int] | None) -> int:
    """Be the process that a command asked for; returns its exit status."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    try:
        arm(fault)
        ROLES[role](*arguments)
    except PointsmanError as error:
        print(f"{role}: {error}", file=sys.stderr, flush=True)
        return error.exit_code
    return 0


def main() -> None:
    """Serve commands until there are no more."""
    for line in sys.stdin:
        command = json.loads(line)
        if "wait" in command:
            _, status = os.waitpid(command["wait"], 0)
            print(os.waitstatus_to_exitcode(status), flush=True)
            continue
        if (pid := os.fork()) == 0:
            status = UNEXPECTED
            try:
                status = play(command["role"], command["arguments"], command["fault"])
            finally:
                if status == UNEXPECTED:
                    traceback.print_exc()
                sys.stderr.flush()
                os._exit(status)
        print(pid, flush=True)


if __name__ == "__main__":
    main()
