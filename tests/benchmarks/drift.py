"""Drift: how soon simulated shifts are found, and how often one is found where there is none.

`python -m tests.benchmarks.drift`: streams of scores, of errors and of long-tailed latencies, of which some shift in
the middle. A delay is counted in calls of the task type on the model, from the shift to its detection.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from policies.drift.detecting import find_shifts
from tests.benchmarks.large_ledger.figures import Figure, report

Floats = npt.NDArray[np.float64]
Draw = Callable[[np.random.Generator, int, float], Floats]
N_BEFORE, N_AFTER, N_QUIET = 1_500, 1_500, 5_000


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of stream, by what draws so many values of a level; with the levels before and after a shift."""

    name: str
    draw: Draw
    before: float
    after: float
    is_share: bool
    bar: float | None = None  # calls, of the median delay


def marks(rng: np.random.Generator, n: int, mean: float) -> Floats:
    """Scores of 0 and 1, or errors."""
    return (rng.random(n) < mean).astype(np.float64)


def grades(rng: np.random.Generator, n: int, mean: float) -> Floats:
    """Scores between 0 and 1, by a beta distribution."""
    return rng.beta(5 * mean, 5 * (1 - mean), n)


def seconds(rng: np.random.Generator, n: int, median: float) -> Floats:
    """Latencies or costs, log-normal."""
    return median * rng.lognormal(0, 0.6, n)


KINDS = (
    Kind("scores of 0 or 1, 0.85 to 0.70", marks, 0.85, 0.70, True),
    Kind("scores of 0 or 1, 0.85 to 0.60", marks, 0.85, 0.60, True, 200),
    Kind("graded scores, 0.80 to 0.70", grades, 0.80, 0.70, True),
    Kind("errors, 1 % to 10 %", marks, 0.01, 0.10, True),
    Kind("latency, doubled", seconds, 1.2, 2.4, False, 200),
    Kind("latency, half as much again", seconds, 1.2, 1.8, False),
    Kind("cost, a fifth dearer", seconds, 0.001, 0.0012, False),
)


def figures(n_seeds: int) -> Iterator[Figure]:
    """Median delays, the share found within the stream, and false alarms per stream without a shift."""
    for number, kind in enumerate(KINDS):
        delays = [delay_of(kind, np.random.default_rng([number, seed])) for seed in range(n_seeds)]
        found = [delay for delay in delays if delay is not None]
        yield Figure(f"{kind.name}: median delay", float(np.median(found)) if found else np.inf, "calls", kind.bar)
        yield Figure(f"{kind.name}: found within {N_AFTER:,} calls", 100 * len(found) / n_seeds, "%")
    quiet = [kind for kind in KINDS if kind.name in QUIET]
    alarms = [n_alarms(kind, np.random.default_rng([99, seed])) for kind in quiet for seed in range(n_seeds)]
    streams = len(alarms)
    yield Figure(
        f"false alarms in {streams:,} streams of {N_QUIET:,}", 100 * sum(map(bool, alarms)) / streams, "%", 1.0
    )


QUIET = frozenset({KINDS[0].name, KINDS[3].name, KINDS[4].name})


def delay_of(kind: Kind, rng: np.random.Generator) -> int | None:
    """How many calls after the shift it is detected; None where it is not, or too early to be it."""
    values = np.concatenate([kind.draw(rng, N_BEFORE, kind.before), kind.draw(rng, N_AFTER, kind.after)])
    shifts = find_shifts(values, is_share=kind.is_share)
    return next((one.place - N_BEFORE for one in shifts if one.place >= N_BEFORE), None)


def n_alarms(kind: Kind, rng: np.random.Generator) -> int:
    """How many changes are told of a stream without any."""
    return len(find_shifts(kind.draw(rng, N_QUIET, kind.before), is_share=kind.is_share))


def main() -> int:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="not used: the streams are drawn")
    parser.add_argument("--seeds", type=int, default=200)
    options = parser.parse_args()
    return report("drift", [*figures(options.seeds)])


if __name__ == "__main__":
    sys.exit(main())
