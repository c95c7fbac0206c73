"""The reference figures of the data's README, reproduced on its split: the halves of seed 0.

Each bar is one unit of the last digit that the README gives.
"""

from __future__ import annotations

from collections.abc import Iterator

from policies.evaluation.baselines import measure_baselines
from policies.evaluation.frontier import aiq, single_points, sweep
from policies.evaluation.oracle import foresee
from policies.evaluation.task_means import TaskMeansRouter
from tests.benchmarks.replaying.apgr_of import apgr_of_gains, gains
from tests.benchmarks.replaying.results import Result
from tests.benchmarks.replaying.tables import Suite

POINT, THOUSAND = 100, 1_000


def reproduce(llmrouter: Suite, mmlu: Suite) -> Iterator[Result]:
    """How far each figure is from the README's."""
    _, train, test = next(llmrouter.halves(range(1)))
    found = measure_baselines(train, test)
    singles = single_points(test.outcomes)
    stated = (
        ("cheapest", found.cheapest, 52.8, 0.030),
        ("best single", found.best_single, 62.2, 0.27),
        ("per-task best", found.per_task_best, 65.9, 0.22),
        ("oracle", found.oracle, 79.3, 0.055),
    )
    for name, means, quality, cost_usd in stated:
        yield off(f"{name}, quality %", means.quality * POINT, quality, 0.1)
        yield off(f"{name}, USD per 1,000", means.cost_usd * THOUSAND, cost_usd, 0.001 if cost_usd < 0.1 else 0.01)
    areas = (("single models", singles, 58.6), ("oracle", sweep(foresee(test.outcomes), test.outcomes), 78.7))
    for name, points, area in areas:
        yield off(f"{name}, AIQ %", (aiq(points, singles) or 0.0) * POINT, area, 0.1)
    _, train, test = next(mmlu.halves(range(1)))
    score = gains(TaskMeansRouter(weight=0.0), train, test, seed=0)
    yield off("MMLU subject means, APGR", apgr_of_gains(score, test) or 0.0, 0.662, 0.001)


def off(name: str, value: float, stated: float, bar: float) -> Result:
    """The distance between a figure and what is stated."""
    return Result(f"README's {name}: off by", (abs(value - stated),), bar, is_floor=False)
