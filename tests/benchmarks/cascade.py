"""Cascades beside the single models' hull: `python -m tests.benchmarks.cascade`.

First in drawn worlds, where it is known whether a cascade can beat every mixture of its models: there it has to, and
has to refuse itself elsewhere. Then on RouteLLM's recorded answers of two models, with checks of several precisions and
recalls: what is expected from the one half has to come true on the other, the frontier has to rise where a check is
good, and must not fall where it tells nothing. Simulated are the check's draws alone.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from policies.cascade.expected import both_right, check_of, pair_up
from policies.cascade.theory import hull_of
from policies.evaluation.cascade_results import CascadeSplit, evaluate_cascades
from policies.evaluation.cascading import NoisyCheck
from policies.evaluation.outcomes import Outcomes
from policies.evaluation.prompts import Prompts
from policies.evaluation.splits import halve
from policies.evaluation.table import OutcomeTable
from policies.evaluation.task_means import TaskMeansRouter
from tasks.evaluation.evaluating import load_table
from tasks.evaluation.selecting import Selection
from tests.benchmarks.large_ledger.figures import Figure, report

FILE = "routellm.parquet"
CLEAR = 0.02  # a lift that far from 0 is more than what chance makes of 10,000 prompts
GOOD, FAIR = NoisyCheck(0.95, 0.9), NoisyCheck(0.85, 0.8)
NOTHING = NoisyCheck(0.66, 0.7)  # Mixtral is right in 68 % anyway
CHECKS = (GOOD, NoisyCheck(0.9, 0.8), FAIR, NoisyCheck(0.75, 0.9), NOTHING)


def world_of(seed: int, n: int) -> tuple[OutcomeTable, NoisyCheck, float]:
    """Two models, a check, and the lift over their hull that their cascade truly has."""
    rng = np.random.default_rng(seed)
    a, b = rng.uniform(0.2, 0.95, 2)
    costs = np.array([1.0, 1 + 10 ** rng.uniform(-1, 1.5)]) * 1e-4
    check = NoisyCheck(float(rng.uniform(a, 1)), float(rng.uniform(0.2, 1)))
    correlation = float(rng.uniform(0, 0.6))
    both = float(both_right(np.array(a), np.array(b), correlation))
    first = rng.random(n) < a
    second = rng.random(n) < np.where(first, both / a, (b - both) / (1 - a))
    quality = np.array([a, b])
    known = pair_up(
        quality,
        costs,
        check_of(check.precision, check.recall, quality),
        quality_se=np.zeros(2),
        correlation=correlation,
    )
    lift = known.quality - hull_of(quality, costs).quality_at(known.cost_usd)
    names = tuple(map(str, range(n)))
    outcomes = Outcomes(("a", "b"), np.column_stack([first, second]).astype(np.float64), np.tile(costs, (n, 1)))
    table = OutcomeTable(Prompts(names, ("world",) * n, names), outcomes, np.full(2, np.nan))
    return table, check, float(lift[0, 1])


def worlds(n_worlds: int, n: int) -> Iterator[Figure]:
    """Verdicts against what is known of each world."""
    gains: list[bool] = []
    refusals: list[bool] = []
    harms, errors = [0.0], [0.0]
    for seed in range(n_worlds):
        table, check, truth = world_of(seed, n)
        half = n // 2
        found = evaluate_cascades(
            table.at(range(half)), table.at(range(half, n)), routers=[], check=check, seed=seed
        ).plain[0]
        errors.append(abs(found.expected_lift - truth))
        harms.append(0.0 if found.is_refused else -found.lift)
        if truth > CLEAR:
            gains.append(not found.is_refused and found.lift > 0)
        elif truth < -CLEAR:
            refusals.append(found.is_refused)
    name = f"worlds where theory says that a cascade gains ({len(gains)}): it did"
    yield Figure(name, 100 * float(np.mean(gains)), "%", 100, is_floor=True)
    name = f"worlds where it says that none can ({len(refusals)}): refused itself"
    yield Figure(name, 100 * float(np.mean(refusals)), "%", 100, is_floor=True)
    yield Figure(f"all {n_worlds}: the most that one lost that was not refused", 100 * max(harms), "point", 2)
    yield Figure("all: expected lift beside the true one, worst", 100 * max(errors), "point", 100 * CLEAR * 2)


def recorded(data: Path, seeds: Sequence[int]) -> Iterator[Figure]:
    """RouteLLM's answers; the router is task means."""
    evaluated = load_table(data / FILE, Selection(is_unpriced_skipped=True), sizes_m={})
    for check in CHECKS:
        splits = [split_of(evaluated.table, check, seed) for seed in seeds]
        yield from figures_of(check, splits)


def split_of(table: OutcomeTable, check: NoisyCheck, seed: int) -> CascadeSplit:
    """One split."""
    split = halve(table.prompts.query_ids, seed)
    routers = [TaskMeansRouter()]
    return evaluate_cascades(table.at(split.train), table.at(split.test), routers=routers, check=check, seed=seed)


def figures_of(check: NoisyCheck, splits: Sequence[CascadeSplit]) -> Iterator[Figure]:
    """The cascade from the cheaper model to the dearer, for all prompts and inside the router."""
    name = f"precision {check.precision:.0%}, recall {check.recall:.0%}"
    plain = [max(split.plain, key=lambda one: one.expected_lift) for split in splits]
    routers = [split.routers[0] for split in splits]
    gained = [100 * ((r.aiq or 0.0) - (r.aiq_alone or 0.0)) for r in routers]
    lifts = [0.0 if one.is_refused else 100 * one.lift for one in plain]
    is_good = check in (GOOD, FAIR)
    yield Figure(f"{name}: refused for all prompts, of {len(splits)}", sum(one.is_refused for one in plain), "")
    yield Figure(f"{name}: over the models' hull, least", min(lifts), "point", 1 if is_good else -0.5, is_floor=True)
    if not any(one.is_refused for one in plain):
        off = [100 * abs(one.lift - one.expected_lift) for one in plain]
        yield Figure(f"{name}: expected lift beside what came, worst", max(off), "point", 1.5)
    yield Figure(f"{name}: AIQ over task means', least", min(gained), "point", 0.5 if is_good else -0.3, is_floor=True)
    yield Figure(f"{name}: AIQ over task means', mean", float(np.mean(gained)), "point")


def figures(options: argparse.Namespace) -> Iterator[Figure]:
    """The worlds, then the recorded answers."""
    yield from worlds(options.worlds, options.prompts)
    yield from recorded(options.data, range(options.seed, options.seed + options.splits))


def main() -> int:
    """Measure and report; 1 where a bar fails or data is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--prompts", type=int, default=20_000, help="of a world")
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if not (options.data / FILE).exists():
        print(f"{options.data} has no {FILE}: name the folder by --data", file=sys.stderr)
        return 1
    return report("cascade", figures(options))


if __name__ == "__main__":
    sys.exit(main())
