"""Writers and a loader at work on one home, and `kill -9` at random moments of a phase that the files show.

A process is stopped at a random moment, and looked at: if its files show a phase that is still wanted it is killed
there, else it goes on, until the next random moment. So every moment of a phase is as likely as any other, however
short the phase is.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from tests.faults.audit import Audit, audit
from tests.faults.children import PATIENCE_S, ROOT, Child, Nursery
from warehouse.file_header import read_head
from warehouse.home import Home
from warehouse.landing import land
from warehouse.open_segment import OPEN
from warehouse.query import query

Phase: TypeAlias = Literal["write", "seal", "land", "checkpoint", "publish"]
PHASES: Sequence[Phase] = ("write", "seal", "land", "checkpoint", "publish")
WRITERS: Set[Phase] = {"write", "seal"}
LONGEST_STEP_S = 0.005  # between two looks


def besiege(folder: Path, nursery: Nursery, *, n_per_phase: int, seed: int) -> tuple[Counter[Phase], Audit]:
    """Kill so often in each phase; land what is left, and compare it with the provider's account."""
    home, acknowledged = Home(folder / "home"), folder / "acknowledged"
    with provider_process(folder) as (socket, log):
        siege = Siege(home, nursery, socket, acknowledged, random.Random(seed))
        try:
            while wanted := {phase for phase in PHASES if siege.struck.count(phase) < n_per_phase}:
                siege.strike(wanted)
        finally:
            siege.end()
    land(home)
    return Counter(siege.struck), audit(home, log, acknowledged)


@contextmanager
def provider_process(folder: Path) -> Iterator[tuple[str, Path]]:
    """A provider that outlives its clients; gives its socket and its log."""
    socket, log = folder / "provider", folder / "served.jsonl"
    log.touch()
    command = [sys.executable, "-m", "tests.faults.provider", str(socket), str(log)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "listening\n"
            yield str(socket), log
        finally:
            process.kill()


@dataclass
class Siege:
    """A writer and a loader that are replaced as they are killed; `struck` has the phases that the files showed."""

    home: Home
    nursery: Nursery
    socket: str
    acknowledged: Path
    dice: random.Random
    struck: list[Phase] = field(default_factory=list)
    n_writers: int = 0
    n_seen: int = 0

    def __post_init__(self) -> None:
        self.home.create()
        self.writer, self.loader = self.start_writer(), self.start_loader()

    def start_writer(self) -> Child:
        """A fresh writer, at work."""
        self.n_writers += 1
        self.acknowledged.touch()
        n_bytes = self.acknowledged.stat().st_size
        child = self.nursery.start("write_calls", self.home.root, self.socket, self.acknowledged, f"w{self.n_writers}")
        deadline_s = time.monotonic() + PATIENCE_S
        while self.acknowledged.stat().st_size == n_bytes:
            self.check_alive(child, deadline_s)
            time.sleep(0.001)
        return child

    def start_loader(self) -> Child:
        """A fresh loader."""
        return self.nursery.start("land_for_ever", self.home.root)

    def strike(self, wanted: Set[Phase]) -> None:
        """Kill a process in the midst of a wanted phase, and start another in its place."""
        deadline_s = time.monotonic() + PATIENCE_S
        while True:
            is_writers = bool(wanted & WRITERS) and (not wanted - WRITERS or self.dice.random() < 0.5)
            victim, other = (self.writer, self.loader) if is_writers else (self.loader, self.writer)
            time.sleep(self.dice.uniform(0, LONGEST_STEP_S))
            self.check_alive(victim, deadline_s)
            victim.freeze()
            other.freeze()  # or it might change the files while they are looked at
            phase = self.phase_of(victim)
            if phase in wanted:
                break
            victim.thaw()
            other.thaw()
        victim.kill()
        self.struck.append(phase)
        self.look()
        other.thaw()
        if is_writers:
            self.writer = self.start_writer()
        else:
            self.loader = self.start_loader()

    def check_alive(self, child: Child, deadline_s: float) -> None:
        """Nothing but us ends a child."""
        assert not child.has_ended(), self.nursery.log.read_text()
        assert time.monotonic() < deadline_s, "the phase does not come"

    def phase_of(self, child: Child) -> Phase | None:
        """What the files show of a stopped process."""
        return writer_phase(self.home, child.pid) if child is self.writer else loader_phase(self.home, child.pid)

    def look(self) -> None:
        """Whatever was just killed, what is published can be opened, and nothing has gone from it."""
        if self.home.published.exists():
            [(n_attempts,)] = query(self.home, "SELECT count(*) FROM attempts").rows
            assert isinstance(n_attempts, int)
            assert n_attempts >= self.n_seen
            self.n_seen = n_attempts

    def end(self) -> None:
        """Kill both, as in a power cut."""
        for child in (self.writer, self.loader):
            child.kill()


def writer_phase(home: Home, pid: int) -> Phase:
    """A writer writes as long as it has an open segment; between two, it seals the one or opens the other."""
    mine = [path for path in home.spool.iterdir() if f"-{pid}-" in path.name]
    return "write" if any(path.suffix == OPEN for path in mine) else "seal"


def loader_phase(home: Home, pid: int) -> Phase | None:
    """A loader lands until the commit is in the log; then the ledger's blocks are written; then the copy."""
    if not home.ledger.exists() or home.lock.read_text() != f"process {pid}":
        return None
    if home.write_ahead_log.exists():
        is_begun = home.ledger.stat().st_mtime_ns >= home.write_ahead_log.stat().st_mtime_ns
        return "checkpoint" if is_begun else "land"
    is_behind = read_head(home.ledger) != read_head(home.published)
    return "publish" if is_behind or home.published.with_suffix(".partial").exists() else "land"
