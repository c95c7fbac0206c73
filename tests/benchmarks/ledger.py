"""What the ledger's write path costs per call, and how fast the loader lands: `python -m tests.benchmarks.ledger`.

The write path appends an intent and an outcome per call, each awaited until durable, from 64 tasks at once; beside it
an append without a sync, and an insert of each record into DuckDB. Landing is pinned to one core. It reads four records
per call (decision with three candidates, intent, outcome, score) of the same lines as a plain loader made of DuckDB
alone, which parses them into tables with primary keys, and checks, looks up and sums nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import chain
from pathlib import Path

import duckdb

from policies.types import Candidate
from tests.benchmarks.large_ledger.figures import Figure, report
from warehouse.home import Home
from warehouse.landing import land
from warehouse.records import DecisionMade, Intent, Outcome, Record, Scored
from warehouse.segments import encode, payload_of
from warehouse.shapes import shape_of
from warehouse.spool import Spool

STARTED = datetime(2026, 11, 25, tzinfo=UTC)
CONCURRENCY = 64
N_ROUNDS = 3
KEYS = {"decision": "decision_id", "intent": "attempt_id", "outcome": "attempt_id", "score": "score_id"}


def intent_of(n: int) -> Intent:
    """The intent of call `n`."""
    started = STARTED + timedelta(milliseconds=n)
    keys = (f"attempt-{n:024x}", f"call-{n:027x}", f"decision-{n:023x}", "run-1", f"item-{n}", "answer", "generate")
    return Intent(*keys, "m1", "d1", "openai", 1, False, None, "p1", Decimal("0.001"), "ab" * 32, None, started)


def outcome_of(intent: Intent) -> Outcome:
    """A good outcome of an intent."""
    ended = intent.started_at + timedelta(seconds=0.5)
    return Outcome(intent, "ok", None, None, 100, 20, 0, Decimal("0.000123456"), "priced", 0.5, 0.01, ended, None)


def records_of(n: int) -> tuple[Record, ...]:
    """The four records of call `n`."""
    intent = intent_of(n)
    candidates = tuple(Candidate(f"m{k}", True, "costs more", 0.5, Decimal("0.001"), 1.0, 0.3) for k in range(3))
    where = (intent.decision_id, intent.call_id, intent.run_id, intent.item_id, intent.step, intent.task_type)
    why = ("rules", "default", "m1", 1.0, False, candidates, None, None, "rules-1", "catalogue-1", None)
    features = {"input_tokens": 100, "language": "en", "asked_at": (STARTED + timedelta(seconds=n // 50)).isoformat()}
    state = {"unavailable": {}, "remaining_usd": f"{500 - n // 50 / 1000:.9f}", "seed": 0, "lambda": 0.25}
    decision = DecisionMade(*where, *why, features, STARTED, state=state, fallbacks=("m1", "m2"))
    score = Scored(f"score-{n:026x}", intent.call_id, "exact", "1", "check", float(n % 2), None, None, STARTED)
    return decision, intent, outcome_of(intent), score


async def write_calls(spool: Spool, n_calls: int) -> None:
    """Make every call's intent and then its outcome durable, `CONCURRENCY` calls at a time."""

    async def work(numbers: Iterator[int]) -> None:
        for n in numbers:
            intent = intent_of(n)
            await spool.append(intent)
            await spool.append(outcome_of(intent))

    numbers = iter(range(n_calls))
    await asyncio.gather(*(work(numbers) for _ in range(CONCURRENCY)))


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """The CPU and wall seconds that some work takes."""
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu_s, time.perf_counter() - wall_s


def append_unsynced(path: Path, n_calls: int) -> None:
    """The same lines as `write_calls` makes, appended without a sync."""
    with path.open("wb", buffering=0) as file:
        for n in range(n_calls):
            intent = intent_of(n)
            file.write(encode(intent))
            file.write(encode(outcome_of(intent)))


def insert_directly(path: Path, n_calls: int) -> None:
    """An insert into DuckDB for each intent, and an update for each outcome, each in a transaction of its own."""
    with duckdb.connect(path) as connection:
        connection.execute("CREATE TABLE attempts (attempt_id VARCHAR PRIMARY KEY, intent VARCHAR, outcome VARCHAR)")
        for n in range(n_calls):
            intent = intent_of(n)
            lines = [payload_of(intent).decode(), payload_of(outcome_of(intent)).decode()]
            connection.execute("INSERT INTO attempts VALUES (?, ?, NULL)", [intent.attempt_id, lines[0]])
            connection.execute("UPDATE attempts SET outcome = ? WHERE attempt_id = ?", [lines[1], intent.attempt_id])


def load_plainly(folder: Path, path: Path) -> None:
    """What a loader of DuckDB alone does with the same lines."""
    with duckdb.connect(path) as connection:
        connection.execute(
            "CREATE TEMP TABLE lines AS SELECT kind, data FROM read_json(?, format = 'newline_delimited', "
            "columns = {kind: 'VARCHAR', data: 'JSON'})",
            [str(folder / "*.jsonl")],
        )
        for kind, key in KEYS.items():
            parsed = "SELECT unnest(from_json_strict(data, $shape)) FROM lines WHERE kind = $kind"
            connection.execute(f"CREATE TABLE {kind} AS {parsed}", {"shape": shape_of(kind), "kind": kind})
            if kind == "outcome":
                connection.execute("ALTER TABLE outcome ADD COLUMN attempt_id VARCHAR")
                connection.execute("UPDATE outcome SET attempt_id = intent.attempt_id")
            connection.execute(f"ALTER TABLE {kind} ADD PRIMARY KEY ({key})")
        connection.execute("CHECKPOINT")


@contextmanager
def one_core() -> Iterator[None]:
    """Run on one core, as far as the system lets processes choose."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def measure_writing(root: Path, n_calls: int) -> Iterator[Figure]:
    """The write path, beside what is less safe and what is slower."""
    with Spool(Home(root / "written")) as spool:
        cpu_s, wall_s = timed(lambda: asyncio.run(write_calls(spool, n_calls)))
    yield Figure("write path, CPU per call", cpu_s / n_calls * 1e6, "µs", 100.0)
    yield Figure("write path", n_calls / wall_s, "/s", 5_000.0, is_floor=True)
    cpu_s, wall_s = timed(lambda: append_unsynced(root / "unsynced", n_calls))
    yield Figure("unsynced append, CPU per call", cpu_s / n_calls * 1e6, "µs")
    yield Figure("unsynced append", n_calls / wall_s, "/s")
    n_direct = max(1, n_calls // 100)
    cpu_s, wall_s = timed(lambda: insert_directly(root / "direct.duckdb", n_direct))
    yield Figure("direct DuckDB insert, CPU per call", cpu_s / n_direct * 1e6, "µs")
    yield Figure("direct DuckDB insert", n_direct / wall_s, "/s")


def measure_landing(root: Path, n_calls: int) -> Iterator[Figure]:
    """The loader, beside a plain one, each `N_ROUNDS` times in turn; the best counts, as others use the machine too."""
    kept, n = Home(root / "kept"), 4 * n_calls
    with Spool(kept) as spool:
        for number in range(n_calls):
            spool.append(*records_of(number))
    ours, again, plain = [], [], []
    for number in range(N_ROUNDS):
        home = Home(root / f"landed-{number}")
        land(home)
        shutil.copytree(kept.spool, home.spool, dirs_exist_ok=True)
        ours.append(timed(lambda home=home: land(home))[0])
        for path in kept.spool.iterdir():
            shutil.copy(path, home.spool / f"again-{path.name}")
        again.append(timed(lambda home=home: land(home))[0])
        file = root / f"plain-{number}.duckdb"
        plain.append(timed(lambda file=file: load_plainly(kept.spool, file))[0])
        shutil.rmtree(home.root)
        file.unlink()
    yield Figure("landing, records per CPU second", n / min(ours), "/s", 150_000.0, is_floor=True)
    yield Figure("landing again, records per CPU second", n / min(again), "/s")
    yield Figure("plain DuckDB loader, records per CPU second", n / min(plain), "/s")
    yield Figure("landing over the plain loader", min(plain) / min(ours), "×")


def main() -> int:
    """Measure, print the table and the JSON line; 1 if a bar fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=50_000)
    parser.add_argument("--data", help="not used: this benchmark makes its own records")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        writing = list(measure_writing(Path(folder), arguments.calls))
        with one_core():
            return report("ledger", chain(writing, measure_landing(Path(folder), arguments.calls)))


if __name__ == "__main__":
    sys.exit(main())
