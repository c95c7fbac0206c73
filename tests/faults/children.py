"""Real processes for the fault tests, started in milliseconds and killed for real."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 120.0


@dataclass(slots=True)
class Child:
    """One process that plays a role; `status` is its exit status once it was waited for, negative for a signal."""

    pid: int
    nursery: Nursery
    status: int | None = None

    def signal(self, number: int) -> None:
        """Send a signal; a child that has ended, but was not waited for, takes it without effect."""
        os.kill(self.pid, number)

    def freeze(self) -> None:
        """Stop the process where it is, all its threads."""
        self.signal(signal.SIGSTOP)
        self.await_stop()

    def await_stop(self) -> None:
        """Wait until the process stands still, or is gone."""
        deadline_s = time.monotonic() + PATIENCE_S
        while self._state() not in "TtZX" and time.monotonic() < deadline_s:
            time.sleep(0.0002)

    def thaw(self) -> None:
        """Let a frozen process go on."""
        self.signal(signal.SIGCONT)

    def kill(self) -> None:
        """End the process as a crash would, and wait until it is gone; again, it does nothing."""
        if self.status is None:
            self.signal(signal.SIGKILL)
            self.wait()

    def wait(self) -> int:
        """The exit status, once it has ended."""
        if self.status is None:
            self.status = self.nursery.ask({"wait": self.pid})
        return self.status

    def has_ended(self) -> bool:
        """Whether only its exit status is left."""
        return self._state() in "ZX"

    def _state(self) -> str:
        """The kernel's letter for what the process is doing."""
        return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0]


class Nursery:
    """Starts children by a zygote that has imported what they need; `log` has what they said. A context manager."""

    def __init__(self, log: Path, *, shim: Path | None = None) -> None:
        self.log = log
        preload = {} if shim is None else {"LD_PRELOAD": str(shim)}
        with log.open("a") as errors:
            self._zygote = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.zygote"],
                cwd=ROOT,
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1", **preload},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def start(self, role: str, *arguments: object, fault: Sequence[str | int] | None = None) -> Child:
        """Start a process that plays a role of `roles.py`, with a fault of the shim armed in it."""
        command = {"role": role, "arguments": [str(argument) for argument in arguments], "fault": fault}
        return Child(self.ask(command), self)

    def run(self, role: str, *arguments: object, fault: Sequence[str | int] | None = None) -> int:
        """Have a role played to its end; its exit status, negative for a signal."""
        return self.start(role, *arguments, fault=fault).wait()

    def ask(self, command: object) -> int:
        """One command to the zygote, one number back."""
        assert self._zygote.stdin is not None
        assert self._zygote.stdout is not None
        self._zygote.stdin.write(json.dumps(command) + "\n")
        self._zygote.stdin.flush()
        line = self._zygote.stdout.readline()
        assert line, self.log.read_text()
        return int(line)

    def __enter__(self) -> Nursery:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._zygote.stdin is not None
        assert self._zygote.stdout is not None
        self._zygote.stdin.close()
        self._zygote.stdout.close()
        self._zygote.wait()
