"""Readers in a loop while landing goes on, and a foreign holder of the lock: `python -m tests.benchmarks.readers`.

Readers are processes with nothing but DuckDB. They count what they see: batches must be there as a whole or not at all.
A look is as stale as the time between the end of the first land that it does not show and its opening of the file.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from tests.benchmarks.large_ledger.building import copied_home, made_home, parser_of
from tests.benchmarks.large_ledger.figures import Figure, report
from tests.benchmarks.large_ledger.new_records import RECORDS_OF_CALL, records_of, spool_new
from warehouse.home import Home
from warehouse.landing import land
from warehouse.query import query
from warehouse.spool import Spool

READER = Path(__file__).parent / "large_ledger" / "reader.py"
HOLD = (
    "import sys, time, duckdb; connection = duckdb.connect(sys.argv[1]); print(flush=True);"
    "time.sleep(float(sys.argv[2])); connection.close()"
)
STALENESS_BAR_S = 5.0


@dataclass(frozen=True, slots=True)
class Look:
    """What one reader saw: `n_batches` is None, and `said` the error, where it could not look."""

    opened: float
    n_batches: int | None
    said: str


def look_of(line: str) -> Look:
    """A reader's line."""
    opened, count, said = line.split(" ", 2)
    return Look(float(opened), None if count == "error" else int(count), said)


@contextmanager
def readers(home: Home, n: int, *, seconds: float) -> Iterator[list[Look]]:
    """Readers for so many seconds; the list has their looks at the end."""
    command = [sys.executable, str(READER), str(home.published), str(seconds)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(n)]
    looks: list[Look] = []
    yield looks
    for reader in running:
        looks += [look_of(line) for line in reader.communicate(timeout=seconds + 60)[0].splitlines()]


def land_for(home: Home, seconds: float, *, n_records: int) -> list[float]:
    """Append a batch and land it, again and again; returns when each land ended."""
    until, ends = time.monotonic() + seconds, []
    while time.monotonic() < until:
        spool_new(home, n_records, run_id=f"batch-{len(ends)}")
        land(home)
        ends.append(time.monotonic())
    return ends


def staleness_s(look: Look, ends: list[float]) -> float:
    """How long before a look the first land ended that it does not show; 0 if it shows all that had ended."""
    missed = ends[look.n_batches or 0 :]
    return max(0.0, look.opened - missed[0]) if missed else 0.0


def reader_figures(home: Home, n_readers: int, seconds: float, n_records: int) -> Iterator[Figure]:
    """What readers saw while lands went on."""
    with readers(home, n_readers, seconds=seconds) as looks:
        ends = land_for(home, seconds, n_records=n_records)
    good = [look for look in looks if look.n_batches is not None]
    yield Figure(f"looks of {n_readers} readers in {seconds:g} s", len(looks), "", 1, is_floor=True)
    yield Figure(f"lands of {n_records:,} records meanwhile", len(ends), "", 1, is_floor=True)
    yield Figure("looks that failed", len(looks) - len(good), "", 0)
    yield Figure("looks that saw part of a batch", sum(look.said != "whole" for look in good), "", 0)
    yield Figure("greatest staleness", max(staleness_s(look, ends) for look in good), "s", STALENESS_BAR_S)
    yield Figure("most batches seen by a look", max(look.n_batches or 0 for look in good), "", 1, is_floor=True)


def hold_figures(home: Home, seconds: float, n_records: int) -> Iterator[Figure]:
    """A foreign process holds the ledger's lock while a run writes and a land waits; readers go on."""
    before = n_attempts(home)
    command = [sys.executable, "-c", HOLD, str(home.ledger), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder, readers(home, 2, seconds=seconds) as looks:
        assert holder.stdout is not None
        holder.stdout.readline()
        held = time.monotonic()
        slowest_s = append_slowly(home, n_records)
        land(home, wait_s=seconds + 60)
        waited_s = time.monotonic() - held
    yield Figure("lock held by a foreign process for", seconds, "s")
    yield Figure("land was done after", waited_s, "s", seconds, is_floor=True)
    yield Figure("slowest durable append meanwhile", slowest_s, "s", 1.0)
    yield Figure("looks that failed meanwhile", sum(look.n_batches is None for look in looks), "", 0)
    lost = before + n_records // RECORDS_OF_CALL - n_attempts(home)
    yield Figure("attempts lost", lost, "", 0)


def append_slowly(home: Home, n_records: int) -> float:
    """Append a run's records, each call awaited until durable; returns the longest wait in seconds."""
    slowest_s = 0.0
    with Spool(home) as spool:
        for n in range(n_records // RECORDS_OF_CALL):
            started = time.monotonic()
            spool.append(*records_of("run-held", n)).result(60)
            slowest_s = max(slowest_s, time.monotonic() - started)
    return slowest_s


def n_attempts(home: Home) -> int:
    """The attempts that readers see."""
    [(n,)] = query(home, "SELECT count(*) FROM attempts").rows
    return int(str(n))


def main() -> int:
    """Measure, print the table and the JSON line; 1 if a bar fails."""
    parser = parser_of(__doc__, n_calls=1_000_000)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long readers look, and the lock is held")
    parser.add_argument("--readers", type=int, default=10)
    parser.add_argument("--records", type=int, default=4_000, help="records of each land")
    arguments = parser.parse_args()
    home = copied_home(made_home(arguments.calls, with_texts=arguments.texts), "readers")
    try:
        lands = reader_figures(home, arguments.readers, arguments.seconds, arguments.records)
        return report("readers", chain(lands, hold_figures(home, arguments.seconds, arguments.records)))
    finally:
        shutil.rmtree(home.root)


if __name__ == "__main__":
    sys.exit(main())
