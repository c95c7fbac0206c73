"""A process killed before each of its file operations in turn, or in the midst of what it writes.

The operations are noted in a first pass that nothing disturbs. Where they are always the same, this leaves no moment
out that the disk could tell apart.
"""

from __future__ import annotations

import random
import shutil
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.faults.children import Nursery
from tests.faults.shim import kill_at, trace
from tests.faults.tally import Tally

TORN = ("write", "pwrite", "sendfile")


@dataclass(frozen=True, slots=True)
class CrashPoint:
    """One moment: before the nth file operation, or half-way through it."""

    nth: int
    operation: str
    is_torn: bool

    def __str__(self) -> str:
        return f"{'half-way through' if self.is_torn else 'before'} operation {self.nth}, {self.operation}"


@dataclass(frozen=True, slots=True)
class Drill:
    """A role that is played in the folder `root`, each time a fresh copy of one that was prepared.

    File operations count below `watched`.
    """

    nursery: Nursery
    prepared: Path
    root: Path
    watched: Path
    role: str
    arguments: Sequence[object]

    def points(self) -> list[CrashPoint]:
        """All the moments, from an undisturbed pass."""
        self.lay_out()
        noted = self.prepared.with_suffix(".trace")
        noted.unlink(missing_ok=True)
        fault = trace(self.watched, noted)
        assert self.nursery.run(self.role, *self.arguments, fault=fault) == 0, self.nursery.log.read_text()
        operations = noted.read_text().splitlines()
        assert operations, "the shim noted nothing"
        before = [CrashPoint(n, operation, False) for n, operation in enumerate(operations, 1)]
        torn = [CrashPoint(p.nth, p.operation, True) for p in before if p.operation.split()[0] in TORN]
        return sorted([*before, *torn], key=lambda point: (point.nth, point.is_torn))

    def crash(self, point: CrashPoint) -> bool:
        """Lay the folder out afresh and die in it at a point; false if the process ended before it came to that."""
        self.lay_out()
        fault = kill_at(self.watched, point.nth, is_torn=point.is_torn)
        status = self.nursery.run(self.role, *self.arguments, fault=fault)
        assert status in (0, -signal.SIGKILL), self.nursery.log.read_text()
        return status == -signal.SIGKILL

    def lay_out(self) -> None:
        """The folder as it was prepared."""
        shutil.rmtree(self.root, ignore_errors=True)
        shutil.copytree(self.prepared, self.root)


def crash_everywhere(drill: Drill, check: Callable[[CrashPoint], int], *, sample: float | None = None) -> Tally:
    """Crash at every point, or at a sample of them (a number, or a share below 1), and check what is left after each.

    `check` returns how many acknowledged records it found; points that the process did not come to are not counted.
    """
    points = drill.points()
    if sample is not None:
        n = round(sample) if sample >= 1 else round(sample * len(points)) or 1
        points = random.Random(len(points)).sample(points, n)
    found = [check(point) for point in points if drill.crash(point)]
    return Tally(n_faults=len(found), n_acknowledged=sum(found))
