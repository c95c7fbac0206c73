"""What the gate lets through: `python -m tests.benchmarks.gate`.

Noise: a loop that learns weekly where all models are alike. Power: logs of a world that is three points better, by
their size and by how much was explored. Poison: a tenth of the calls judged by one person who wants the worst model.
The log is simulated; policy, fit, evidence and gate are the functions that `reweigh` calls.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

import numpy as np

from tests.benchmarks.large_ledger.figures import Figure, report
from tests.policies.gate.poisoned import ATTACKS, worths
from tests.policies.gate.simulated import Scenario, contender, in_half, power, promotions_in_noise, unknown

POINTS = 0.03
NOISE_BAR, POWER_BAR, REGRET_BAR = 0.05, 0.80, 0.05
SIZES, EPSILONS = (5_000, 10_000, 20_000, 40_000), (0.05, 0.1, 0.2, 0.4)
# Three points in all: six in half of the task types; three in each; and that where nothing tells which model it is.
SCENARIOS: dict[str, Scenario] = {
    "half of the types": in_half(POINTS),
    "every type": contender(POINTS),
    "every type, blind": unknown(POINTS),
}


def noise_figures(n_weeks: int) -> Iterator[Figure]:
    """Promotions where there is nothing to gain."""
    n_promoted, n_alike = promotions_in_noise(n_weeks, 1_500, epsilon=0.2, window_weeks=13, seed=1)
    yield Figure(f"noise alone, {n_weeks} weeks: promoted", n_promoted / n_weeks, "", NOISE_BAR)
    yield Figure("noise alone: routes alike, fresher figures taken", n_alike / n_weeks, "")


def power_figures(n_runs: int) -> Iterator[Figure]:
    """How often three points are found: the bar's case, then the curve."""
    full = power(in_half(POINTS), 20_000, epsilon=0.2, n_runs=4 * n_runs, seed=7)
    yield Figure("3 points, 20,000 calls, 20% explored: promoted", full, "", POWER_BAR, is_floor=True)
    for name, scenario in SCENARIOS.items():
        for n in SIZES:
            for epsilon in EPSILONS:
                share = power(scenario, n, epsilon=epsilon, n_runs=n_runs, seed=8)
                yield Figure(f"power, {name}: {n:,} calls, {epsilon:.0%} explored", share, "")


def poison_figures(n_runs: int) -> Iterator[Figure]:
    """What one person costs, over what a clean log gains."""
    for attack in ATTACKS:
        found = [worths(contender(2 * POINTS), 20_000, attack, epsilon=0.2, seed=seed) for seed in range(n_runs)]
        live, clean, poisoned = np.mean(found, axis=0)
        regret = (clean - poisoned) / (clean - live)
        yield Figure(f"poison, {attack}: regret over the clean gain", float(regret), "", REGRET_BAR)


def main() -> int:
    """Measure, print the table and the JSON line; 1 if a bar fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="not used: this benchmark makes its own logs")
    parser.add_argument("--weeks", type=int, default=200, help="weeks of noise")
    parser.add_argument("--runs", type=int, default=25, help="logs per point of the power curve")
    options = parser.parse_args()

    def figures() -> Iterator[Figure]:
        yield from noise_figures(options.weeks)
        yield from power_figures(options.runs)
        yield from poison_figures(options.runs)

    return report("gate", figures())


if __name__ == "__main__":
    sys.exit(main())
