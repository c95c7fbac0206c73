"""Whether off-policy estimates hold what they promise: `python -m tests.benchmarks.offpolicy`.

On synthetic worlds with known truth: how often the 95 % intervals hold it, and how far the estimators are off. On
recorded outcomes of nine models (`llmrouter.parquet`): a log is drawn from them by a policy that explores, three other
policies are estimated from it, and the truth is what the whole matrix says of them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from policies.evaluation.choices import choose, multiplier_within
from policies.evaluation.outcomes import Rows
from policies.evaluation.router import Predictions
from policies.evaluation.table import OutcomeTable
from policies.evaluation.task_means import TaskMeansRouter
from policies.offpolicy.direct import cross_fit
from policies.offpolicy.estimate import STATED, Estimator, clip_of, estimate, estimate_difference
from policies.offpolicy.log import Codes, Floats, Log
from policies.offpolicy.sums import sum_up
from tests.benchmarks.large_ledger.figures import Figure, report
from tests.benchmarks.replaying.tables import load_suite
from tests.policies.offpolicy.worlds import World, best_policy, make_log, make_world, one_hot

N_CALLS = 5_000
EPSILON = 0.2
COVERAGE_BAR = 0.93
# Of nine models a fifth explored sends 2 % to each: what that can say, is shown beside what the bar is for.
EXPLORED: dict[float, float | None] = {0.2: None, 0.5: 1.5}
KINDS: dict[str, dict[str, int | bool]] = {
    "plain": {},
    "8 calls an item": {"calls_per_item": 8},
    "scored in part": {"is_scored_partly": True},
}


def world_figures(n_seeds: int) -> Iterator[Figure]:
    """Coverage and root mean squared error over synthetic worlds."""
    for kind, settings in KINDS.items():
        hits: dict[str, list[bool]] = {}
        errors: dict[Estimator, list[float]] = {}
        for seed in range(n_seeds):
            measure_world(make_world(seed), seed, settings, hits, errors)
        for name, held in hits.items():
            share = float(np.mean(held))
            yield Figure(f"{kind}: {name}, intervals that hold the truth", share, "", COVERAGE_BAR, is_floor=True)
        rmse = {name: float(np.sqrt(np.mean(np.square(off)))) for name, off in errors.items()}
        for name in STATED:
            yield Figure(f"{kind}: {name}, root mean squared error", rmse[name], "")
        yield Figure(f"{kind}: error of dr over that of ips", rmse["dr"] / rmse["ips"], "×", 1.0)


def measure_world(
    world: World,
    seed: int,
    settings: dict[str, int | bool],
    hits: dict[str, list[bool]],
    errors: dict[Estimator, list[float]],
) -> None:
    """Estimate the best policy of a world, and what it is worth more than the logging policy's favourite."""
    logged = make_log(world, N_CALLS, seed=seed, epsilon=EPSILON, **settings)
    predicted = cross_fit(logged.log, logged.task)
    policies = best_policy(world), one_hot(world.greedy)
    best, favourite = (sum_up(logged.log, policy[logged.task], predicted, clip=clip_of(N_CALLS)) for policy in policies)
    truths = [world.worth(policy) for policy in policies]
    for name in STATED:
        found = estimate(best, name, seed=seed)
        hits.setdefault(name, []).append(holds(found.low, truths[0], found.high))
        errors.setdefault(name, []).append((found.value or 0.0) - truths[0])
    gain = estimate_difference(best, favourite, "dr", seed=seed)
    hits.setdefault("difference by dr", []).append(holds(gain.low, truths[0] - truths[1], gain.high))


def holds(low: float | None, truth: float, high: float | None) -> bool:
    """Whether an interval holds the truth; one that is not there does not."""
    return low is not None and high is not None and low <= truth <= high


def recorded_figures(data: Path, n_logs: int) -> Iterator[Figure]:
    """Mean absolute errors on recorded outcomes, in points of quality, by how much was explored."""
    table = load_suite(data, "llmrouter").table
    policies = known_policies(table)
    favourite = policies.pop("logged")
    for epsilon, bar in EXPLORED.items():
        errors: dict[str, list[float]] = {name: [] for name in policies}
        covered: list[bool] = []
        for seed in range(n_logs):
            log, task = draw_log(table, favourite, epsilon=epsilon, seed=seed)
            predicted = cross_fit(log, task)
            for name, rows in policies.items():
                target = np.eye(len(table.models))[rows]
                found = estimate(sum_up(log, target, predicted, clip=clip_of(len(log))), "dr", seed=seed)
                truth = float(table.outcomes.quality[np.arange(len(table)), rows].mean())
                errors[name].append(100 * abs((found.value or 0.0) - truth))
                covered.append(holds(found.low, truth, found.high))
        title = f"llmrouter, {epsilon:.0%} explored"
        for name, off in errors.items():
            yield Figure(f"{title}: {name}, mean error", float(np.mean(off)), "pt")
        yield Figure(f"{title}: mean absolute error", float(np.mean(list(errors.values()))), "pt", bar)
        yield Figure(
            f"{title}: intervals that hold the truth", float(np.mean(covered)), "", COVERAGE_BAR, is_floor=True
        )


def known_policies(table: OutcomeTable) -> dict[str, Rows]:
    """The logging policy's favourites and three others; where they were learned makes no difference here."""
    predictions = TaskMeansRouter().fit(table.prompts, table.outcomes, seed=0).predict(table.prompts)
    middle = float(np.median(predictions.cost_usd.mean(axis=0)))
    return {
        "logged": within(predictions, middle / 2),
        "best single model": np.full(len(table), table.strongest),
        "best model of the task": choose(predictions, 0.0),
        "task means at twice the cost": within(predictions, middle),
    }


def within(predictions: Predictions, allowance_usd: float) -> Rows:
    """The choices at a mean cost per call."""
    return choose(predictions, multiplier_within(predictions, allowance_usd))


def draw_log(table: OutcomeTable, favourite: Rows, *, epsilon: float, seed: int) -> tuple[Log, Codes]:
    """A log of a table's prompts by an ε-greedy policy, and each row's task type by its number."""
    rng, n, m = np.random.default_rng((seed, 1)), len(table), len(table.models)
    probabilities: Floats = np.eye(m)[favourite] * (1 - epsilon) + epsilon / m
    chosen = (probabilities.cumsum(axis=1) < rng.random(n)[:, None]).sum(axis=1).clip(max=m - 1)
    rows = np.arange(n)
    outcome = table.outcomes.quality[rows, chosen]
    log = Log(chosen, probabilities[rows, chosen], probabilities > 0, outcome, np.ones(n), rows)
    task: Codes = np.unique(table.prompts.task_types, return_inverse=True)[1].astype(np.int64)
    return log, task


def main() -> int:
    """Measure, print the table and the JSON line; 1 if a bar fails or the data is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--seeds", type=int, default=300, help="synthetic worlds")
    parser.add_argument("--logs", type=int, default=20, help="logs drawn from recorded outcomes")
    options = parser.parse_args()
    if not (options.data / "llmrouter.parquet").exists():
        print(f"{options.data / 'llmrouter.parquet'} is missing; name its folder by --data")
        return 1

    def figures() -> Iterator[Figure]:
        yield from world_figures(options.seeds)
        yield from recorded_figures(options.data, options.logs)

    return report("offpolicy", figures())


if __name__ == "__main__":
    sys.exit(main())
