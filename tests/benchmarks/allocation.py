"""The allocation beside the MILP optimum, and at a million requests: `python -m tests.benchmarks.allocation`.

The referee is HiGHS by `scipy.optimize.milp`. Instances are of eleven kinds, most of them made to be hard: qualities
that rise with the price, requests that are all alike, models that are equal, cost 0, costs over five orders of
magnitude, one model that beats all, many models out, budgets at the cheapest plan, or that hardly one upgrade fits.
Each is solved for quality under a budget, for cost under a floor, or with capacities besides. How far the solver is
from the optimum, and whether its bound and its limits hold, is what counts; seconds are CPU time.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, kron

from policies.allocation.allocation import Allocation, maximise_quality, minimise_cost, reference
from policies.allocation.arrays import Floats, Integers
from policies.allocation.menu import Menu, menu_of
from policies.allocation.outlay import stack
from tasks.budget import Budget
from tests.benchmarks.large_ledger.figures import Figure, report
from tests.tasks.spending import between, noisy, spend, world_of

GAP_BAR, SECONDS_BAR, GIGABYTES_BAR = 0.001, 15.0, 4.0
REFEREE_GAP, REFEREE_S = 1e-5, 60.0

Form = Literal["budget", "floor", "budget, capacities", "floor, capacities"]
FORMS: tuple[Form, ...] = ("budget", "floor", "budget, capacities", "floor, capacities")
Draw = np.random.Generator
Made = tuple[Floats, Floats]


def unrelated(draw: Draw, n: int, m: int) -> Made:
    return draw.random((n, m)), draw.lognormal(0, 1.5, (n, m)) * 1e-3


def rising(draw: Draw, n: int, m: int) -> Made:
    """Quality rises with the price, and some requests are long."""
    cost = 10.0 ** np.linspace(-5, -2, m) * draw.lognormal(0, 0.7, (n, 1))
    quality = np.sort(draw.random(m)) + draw.normal(0, 0.1, (n, m)) - 0.3 * draw.random((n, 1))
    return np.clip(quality, 0, 1), cost


def proportional(draw: Draw, n: int, m: int) -> Made:
    """Strongly correlated: what is dearer is better by the same, all but a little."""
    cost = draw.random((n, m))
    return 0.1 + 0.8 * cost + draw.normal(0, 1e-3, (n, m)), cost * 1e-2


def alike(draw: Draw, n: int, m: int) -> Made:
    """All requests the same, as where only the task type is known."""
    return np.tile(np.sort(draw.random(m)), (n, 1)), np.tile(np.cumsum(draw.random(m)) * 1e-3, (n, 1))


def tied(draw: Draw, n: int, m: int) -> Made:
    """Round figures: most things are equal to something."""
    return draw.integers(0, 5, (n, m)) / 4, draw.integers(0, 5, (n, m)) * 1e-3


def equal_models(draw: Draw, n: int, m: int) -> Made:
    quality, cost = draw.random((n, 1)), draw.lognormal(0, 1, (n, 1)) * 1e-3
    better = np.arange(m) >= m // 2
    return np.where(better, np.minimum(quality + 0.2, 1), quality), np.where(better, 7 * cost, cost)


def free(draw: Draw, n: int, m: int) -> Made:
    quality, cost = rising(draw, n, m)
    cost[:, : m // 2] = 0.0
    return quality, cost


def far_apart(draw: Draw, n: int, m: int) -> Made:
    """Costs over five orders of magnitude, request by request."""
    return draw.random((n, m)), 10.0 ** draw.uniform(-6, -1, (n, m))


def dominant(draw: Draw, n: int, m: int) -> Made:
    """One model is better and cheaper than all the others for most requests."""
    quality, cost = unrelated(draw, n, m)
    is_best = draw.random(n) < 0.9
    quality[is_best, 0], cost[is_best, 0] = 1.0, cost[is_best].min(axis=1) / 2
    return quality, cost


def barred(draw: Draw, n: int, m: int) -> Made:
    """Half of the models may not serve, and some requests have none."""
    quality, cost = rising(draw, n, m)
    quality[draw.random((n, m)) < 0.5] = np.nan
    return quality, cost


def lottery(draw: Draw, n: int, m: int) -> Made:
    """All but worthless, and one dear model that is worth a lot to a few."""
    quality, cost = draw.random((n, m)) * 1e-3, 10.0 ** draw.uniform(-6, -4, (n, m))
    winners = draw.choice(n, max(1, n // 50), replace=False)
    quality[winners, -1], cost[:, -1] = draw.random(len(winners)), draw.uniform(0.01, 1, n)
    return quality, cost


KINDS: tuple[Callable[[Draw, int, int], Made], ...] = (
    unrelated, rising, proportional, alike, tied, equal_models, free, far_apart, dominant, barred, lottery,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Instance:
    """A menu with its limits; `tightness` is where the budget lies between the cheapest and the dearest plan."""

    menu: Menu
    form: Form
    budget_usd: float
    share: float
    capacity: Integers | None


def instance_of(seed: int, n: int, m: int) -> Instance:
    """One instance of the kind and form that are the seed's turn; every fifth has the cheapest plan for a budget."""
    draw = np.random.default_rng(seed)
    quality, cost = kind_of(seed)(draw, n, m)
    menu = menu_of(quality, cost, eligible=~np.isnan(quality))
    form = FORMS[seed // len(KINDS) % len(FORMS)]
    capacity = None
    if "capacities" in form:
        capacity = np.ceil(draw.dirichlet(np.ones(m)) * n * draw.uniform(1, 2.5)).astype(np.int64)
        capacity = np.maximum(capacity, n // 2) if kind_of(seed) is barred else capacity
    cheapest, richest = ends_of(menu, capacity)
    tightness = 0.0 if seed % 5 == 0 else draw.random() ** 2
    return Instance(menu, form, cheapest + tightness * (richest - cheapest), draw.uniform(0.5, 1), capacity)


def kind_of(seed: int) -> Callable[[Draw, int, int], Made]:
    """What the seed's instance is like."""
    return KINDS[seed % len(KINDS)]


def ends_of(menu: Menu, capacity: Integers | None) -> tuple[float, float]:
    """What the cheapest plan costs, by the referee where capacities bind, and what one costs without a budget."""
    dearest = maximise_quality(menu, capacity=capacity)
    assert isinstance(dearest, Allocation), dearest
    if capacity is None:
        return float(menu.cost_usd[menu.is_priced].min(axis=1).sum()), dearest.cost_usd
    free_of_limits = refereed(-menu.cost_usd, np.zeros_like(menu.value), limit=np.inf, capacity=capacity)
    return -free_of_limits.reached * (1 + 1e-9), dearest.cost_usd


def solve(instance: Instance) -> Allocation:
    """Ours."""
    if instance.form.startswith("budget"):
        found = maximise_quality(instance.menu, budget_usd=instance.budget_usd, capacity=instance.capacity)
    else:
        found = minimise_cost(instance.menu, share=share_of(instance), capacity=instance.capacity)
    assert isinstance(found, Allocation), found
    return found


def share_of(instance: Instance) -> float:
    """The floor: as drawn, and within reach where capacities bind."""
    if instance.capacity is None:
        return instance.share
    best = maximise_quality(instance.menu, capacity=instance.capacity)
    assert isinstance(best, Allocation), best
    return instance.share * best.value / reference(instance.menu)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The best that HiGHS found, a value or minus a cost (NaN: nothing), and whether it had the time to prove it."""

    reached: float
    is_proved: bool


def referee(instance: Instance) -> Verdict:
    """The optimum."""
    menu = instance.menu
    if instance.form.startswith("budget"):
        return refereed(menu.value, menu.cost_usd, limit=instance.budget_usd, capacity=instance.capacity)
    floor = share_of(instance) * reference(menu)
    return refereed(-menu.cost_usd, -menu.value, limit=-floor, capacity=instance.capacity)


def refereed(gain: Floats, use: Floats, *, limit: float, capacity: Integers | None) -> Verdict:
    """The best that HiGHS finds within its time."""
    may = np.isfinite(gain)
    served = may.any(axis=1)
    gain, use, may = gain[served], use[served], may[served]
    n, m = gain.shape
    scale = float(np.abs(gain[may]).mean()) or 1.0
    entries, uses = np.where(may, gain, 0.0).ravel() / scale, np.where(may, use, 0.0)
    unit = float(np.abs(uses).mean()) or 1.0
    rules = [LinearConstraint(kron(eye_array(n), np.ones((1, m)), format="csr"), 1, 1)]
    if np.isfinite(limit):
        rules.append(LinearConstraint(csr_array(uses.reshape(1, -1) / unit), -np.inf, limit / unit))
    if capacity is not None:
        rules.append(LinearConstraint(kron(np.ones((1, n)), eye_array(m), format="csr"), -np.inf, capacity))
    found = milp(
        -entries,
        integrality=np.ones(n * m),
        bounds=Bounds(0, may.ravel().astype(float)),
        constraints=rules,
        options={"mip_rel_gap": REFEREE_GAP, "time_limit": REFEREE_S},
    )
    if found.x is None:
        return Verdict(np.nan, False)
    taken = found.x.reshape(n, m).argmax(axis=1)
    return Verdict(float(gain[np.arange(n), taken].sum()), found.status == 0)


def behind(instance: Instance, found: Allocation, optimum: float) -> float:
    """How far an allocation is behind the optimum, relatively; infinite where a limit or its bound does not hold."""
    is_budget = instance.form.startswith("budget")
    reached = found.value if is_budget else -found.cost_usd
    bound = found.bound if is_budget else -found.bound
    slack = 1e-9 * max(abs(optimum), abs(reached), 1e-12)
    is_kept = found.cost_usd <= instance.budget_usd * (1 + 1e-9) if is_budget else True
    if not is_budget:
        floor = share_of(instance) * reference(instance.menu)
        is_kept = found.value >= floor - 1e-9 * abs(floor)
    if instance.capacity is not None:
        taken = np.bincount(found.choice[found.choice >= 0], minlength=instance.menu.n_models)
        is_kept = is_kept and bool((taken <= instance.capacity).all())
    if not is_kept or bound < optimum - max(slack, 2 * REFEREE_GAP * abs(optimum)):
        return np.inf
    missing = max(optimum - reached, 0.0)
    return missing / abs(optimum) if optimum else np.inf if missing > 1e-12 else 0.0


def figures(n_instances: int, n: int, m: int, *, n_large: int) -> Iterator[Figure]:
    """The large batch first, whose memory is the process's peak; then the instances, form by form."""
    yield from large(n_large, 10)
    yield from paced()
    gaps: dict[str, list[float]] = {form: [] for form in FORMS}
    ours_s = referee_s = 0.0
    n_unproved = 0
    for seed in range(n_instances):
        instance = instance_of(seed, n, m)
        started = time.process_time()
        found = solve(instance)
        ours_s += time.process_time() - started
        started = time.process_time()
        optimum = referee(instance)
        referee_s += time.process_time() - started
        n_unproved += not optimum.is_proved
        if not np.isnan(optimum.reached):
            gaps[instance.form].append(behind(instance, found, optimum.reached))
    for form, some in gaps.items():
        if some:
            yield Figure(f"{form}: worst of {len(some)} behind the MILP optimum", max(some) * 100, "%", GAP_BAR * 100)
    every = [0.0, *(gap for some in gaps.values() for gap in some)][-max(n_instances, 1) :]
    yield Figure("all: mean behind the MILP optimum", float(np.mean(every)) * 100, "%")
    yield Figure("instances whose optimum HiGHS did not prove in its time", n_unproved, "")
    yield Figure(f"CPU seconds of {n_instances} instances of {n:,} × {m}, ours", ours_s, "s")
    yield Figure("the referee's", referee_s, "s")


def paced() -> Iterator[Figure]:
    """Simulated runs, chunk by chunk, whose calls cost what was expected to ± 60 % each; two steps of 1,000 items."""
    shares, behind_best = [], []
    for seed in range(30):
        world, draw = world_of(seed, n_items=1_000, chunk_size=50, is_alike=seed % 3 == 0), random.Random(seed)
        budget = Budget(between(world, draw.random()))
        spent = spend(world, budget, real=noisy(draw), draw=draw, width=4, concurrency=64)
        assert budget.limit_usd is not None
        shares.append(float(spent.spent_usd / budget.limit_usd) if not spent.n_stopped else 0.0)
        joint = stack([Menu(quality, cost) for quality, cost, _ in world.steps.values()])
        best = maximise_quality(joint, budget_usd=float(budget.limit_usd))
        assert isinstance(best, Allocation), best
        behind_best.append(1 - spent.quality / best.value)
    yield Figure("paced runs: the least share of a budget that was spent", min(shares) * 100, "%", 97, is_floor=True)
    yield Figure("paced runs: the most that was ever spent", max(shares) * 100, "%", 100)
    yield Figure("paced runs: quality behind the best allocation, mean", float(np.mean(behind_best)) * 100, "%")
    yield Figure("paced runs: quality behind the best allocation, worst", max(behind_best) * 100, "%")


def large(n: int, m: int) -> Iterator[Figure]:
    """The median CPU seconds of a large batch under a budget, under a floor and with capacities."""
    quality, cost = rising(np.random.default_rng(1), n, m)
    menu = menu_of(quality, cost)
    del quality, cost
    dearest = maximise_quality(menu)
    assert isinstance(dearest, Allocation), dearest
    name = f"{n:,} × {m}"
    capacity = np.full(m, n // 4)
    works: dict[str, Callable[[], object]] = {
        "budget": lambda: maximise_quality(menu, budget_usd=dearest.cost_usd / 3),
        "floor": lambda: minimise_cost(menu, share=0.95),
        "budget and capacities": lambda: maximise_quality(menu, budget_usd=dearest.cost_usd / 2, capacity=capacity),
    }
    for what, work in works.items():
        cpu_s, started = time.process_time(), time.perf_counter()
        found = work()
        assert isinstance(found, Allocation), found
        cpu_s, wall_s = time.process_time() - cpu_s, time.perf_counter() - started
        yield Figure(f"{name}, {what}, CPU", cpu_s, "s", SECONDS_BAR, cpu_s=cpu_s)
        yield Figure(f"{name}, {what}, wall clock", wall_s, "s")
        yield Figure(f"{name}, {what}, duality gap", found.gap * 100, "%", GAP_BAR * 100)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    yield Figure(f"{name}, peak memory of the process", peak, "GB", GIGABYTES_BAR)


def main() -> int:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="not used: the instances are drawn")
    parser.add_argument("--instances", type=int, default=200)
    parser.add_argument("--requests", type=int, default=2_000, help="requests of an instance")
    parser.add_argument("--models", type=int, default=5)
    parser.add_argument("--large", type=int, default=1_000_000, help="requests of the large batch")
    options = parser.parse_args()
    drawn = figures(options.instances, options.requests, options.models, n_large=options.large)
    return report("allocation", drawn)


if __name__ == "__main__":
    sys.exit(main())
