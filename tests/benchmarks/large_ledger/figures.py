"""What a benchmark measured, as a table for people and one JSON line for machines."""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value with its unit, and the bar that it must not pass (a floor: not fall below); None without."""

    name: str
    value: float
    unit: str
    bar: float | None = None
    is_floor: bool = False
    cpu_s: float | None = None  # of this process: what the value would be near on a machine with nothing else to do

    @property
    def ok(self) -> bool:
        """Whether the bar holds."""
        if self.bar is None:
            return True
        return self.value >= self.bar if self.is_floor else self.value <= self.bar


def median_of(name: str, work: Callable[[], object], *, n: int = 3, bar: float | None = None) -> Figure:
    """The median wall and CPU seconds of some work, after one time that is not counted."""
    work()
    taken = [seconds_of(name, work, bar=bar) for _ in range(n)]
    cpu_s = statistics.median(figure.cpu_s or 0.0 for figure in taken)
    return Figure(name, statistics.median(figure.value for figure in taken), "s", bar, cpu_s=cpu_s)


def seconds_of(name: str, work: Callable[[], object], *, bar: float | None = None) -> Figure:
    """The wall and CPU seconds of some work, once."""
    cpu_s, started = time.process_time(), time.perf_counter()
    work()
    return Figure(name, time.perf_counter() - started, "s", bar, cpu_s=time.process_time() - cpu_s)


def report(name: str, figures: Iterable[Figure]) -> int:
    """Print each figure as it comes, then the JSON line; 1 if a bar fails."""
    print(f"{'':<58} {'value':>12} {'':<5} {'CPU s':>8} {'bar':>9}", flush=True)
    seen = []
    for figure in figures:
        seen.append(figure)
        bar = "-" if figure.bar is None else f"{'≥' if figure.is_floor else '≤'} {figure.bar:,g}"
        cpu = "-" if figure.cpu_s is None else f"{figure.cpu_s:,.3f}"
        verdict = "" if figure.bar is None else "ok" if figure.ok else "FAILS"
        line = f"{figure.name:<58} {figure.value:>12,.3f} {figure.unit:<5} {cpu:>8} {bar:>9}  {verdict}"
        print(line.rstrip(), flush=True)
    print(f"{os.cpu_count()} CPUs, load average {os.getloadavg()[1]:.1f} over five minutes")
    results = [{"name": f.name, "value": round(f.value, 6), "unit": f.unit, "bar": f.bar, "ok": f.ok} for f in seen]
    print(json.dumps({"bench": name, "results": results}))
    return 0 if all(figure.ok for figure in seen) else 1
