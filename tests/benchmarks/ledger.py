"""What the ledger's write path costs per call, and how fast the loader lands: `python -m tests.benchmarks.ledger`.

The write path appends an intent and an outcome per call, each awaited until durable, from 64 tasks at once. Landing
reads four records per call: decision with three candidates, intent, outcome, score.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from policies.types import Candidate
from warehouse.home import Home
from warehouse.landing import land
from warehouse.records import DecisionMade, Intent, Outcome, Record, Scored
from warehouse.spool import Spool

STARTED = datetime(2026, 11, 25, tzinfo=UTC)
CONCURRENCY = 64


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
    decision = DecisionMade(*where, *why, {"input_tokens": 100, "language": "en"}, STARTED)
    score = Scored(f"score-{n:026x}", intent.call_id, "exact", "1", "check", float(n % 2), None, None, STARTED)
    return decision, intent, outcome_of(intent), score


async def write_calls(spool: Spool, n_calls: int) -> None:
    """Make every call's intent and then its outcome durable, `CONCURRENCY` calls at a time."""

    async def work(numbers: Iterator[int]) -> None:
        for n in numbers:
            intent = intent_of(n)
            await asyncio.wrap_future(spool.append(intent))
            await asyncio.wrap_future(spool.append(outcome_of(intent)))

    numbers = iter(range(n_calls))
    await asyncio.gather(*(work(numbers) for _ in range(CONCURRENCY)))


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """The CPU and wall seconds that some work takes."""
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu_s, time.perf_counter() - wall_s


def measure(root: Path, n_calls: int) -> list[dict[str, object]]:
    """The figures, each beside its bar."""
    written, landed = Home(root / "written"), Home(root / "landed")
    with Spool(written) as spool:
        cpu_s, wall_s = timed(lambda: asyncio.run(write_calls(spool, n_calls)))
    with Spool(landed) as spool:
        for n in range(n_calls):
            spool.append(*records_of(n))
    shutil.copytree(landed.spool, root / "kept")
    land_cpu_s, land_wall_s = timed(lambda: land(landed))
    for path in (root / "kept").iterdir():
        shutil.copy(path, landed.spool / f"again-{path.name}")
    again_cpu_s, _ = timed(lambda: land(landed))
    n = 4 * n_calls
    figures = [
        ("write path, CPU µs per call", cpu_s / n_calls * 1e6, 100.0, False),
        ("write path, calls per second", n_calls / wall_s, 5_000.0, True),
        ("landing, records per CPU second", n / land_cpu_s, 150_000.0, True),
        ("landing, records per second", n / land_wall_s, None, True),
        ("landing again, records per CPU second", n / again_cpu_s, None, True),
    ]
    return [
        {"name": name, "value": round(value, 1), "bar": bar, "ok": bar is None or (value >= bar) == is_floor}
        for name, value, bar, is_floor in figures
    ]


def main() -> int:
    """Measure, print the table and the JSON line; 1 if a bar fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=50_000)
    parser.add_argument("--data", help="not used: this benchmark makes its own records")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        results = measure(Path(folder), arguments.calls)
    for result in results:
        verdict = "ok" if result["ok"] else "FAILS"
        print(f"{result['name']:<40} {result['value']:>12,.1f}  bar {result['bar'] or '-'}  {verdict}")
    print(json.dumps({"bench": "ledger", "results": results}))
    return 0 if all(result["ok"] for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
