"""Spending, simulated: chunks are routed at the pace, calls reserve their worst case and settle in any order."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from policies.allocation.arrays import Floats, Integers
from policies.allocation.curve import curve_of
from policies.allocation.menu import Menu
from policies.allocation.outlay import Weighed
from policies.dither import WIDTH
from policies.pacing import PacePlan, pace_of
from tasks.budget import Budget
from tasks.pacing import Pacer

Real = Callable[[float, float], float]  # what a call really costs, from what was expected and the worst case


@dataclass(frozen=True, slots=True)
class World:
    """The steps of a job: (items, models) qualities, expected and worst costs in USD."""

    steps: dict[str, tuple[Floats, Floats, Floats]]
    chunk_size: int

    @property
    def n_items(self) -> int:
        return len(next(iter(self.steps.values()))[0])

    @property
    def chunk_sizes(self) -> list[int]:
        return [min(self.chunk_size, self.n_items - first) for first in range(0, self.n_items, self.chunk_size)]

    def dither(self, step: str) -> Floats:
        return 1 + WIDTH * (2 * ((np.arange(self.n_items) * 0.618034 + len(step) / 10) % 1) - 1)

    def plan(self) -> PacePlan:
        return PacePlan(
            {
                name: pace_of(Weighed(Menu(quality, cost), self.dither(name)), chunk_sizes=self.chunk_sizes)
                for name, (quality, cost, _) in self.steps.items()
            },
            dearest_call_usd=max(float(worst.max()) for _, _, worst in self.steps.values()),
        )

    def ends_usd(self) -> tuple[float, float]:
        """What the job costs by the cheapest models, and by the best."""
        every = np.arange(self.n_items)
        cheap = sum(float(cost.min(axis=1).sum()) for _, cost, _ in self.steps.values())
        best = sum(float(cost[every, quality.argmax(axis=1)].sum()) for quality, cost, _ in self.steps.values())
        return cheap, best


@dataclass(frozen=True, slots=True)
class Spent:
    """What a simulated run came to; `most_usd` is the most that was ever spent and reserved at once."""

    spent_usd: Decimal
    most_usd: Decimal
    quality: float
    n_stopped: int


def choose(menu: Menu, lambdas: Floats) -> Integers:
    return np.asarray((menu.value - lambdas[:, None] * menu.cost_usd).argmax(axis=1))


def money(amount: float) -> Decimal:
    return Decimal(amount).quantize(Decimal("0.000000001"))


def world_of(seed: int, *, n_items: int, chunk_size: int, is_alike: bool = False) -> World:
    """Two steps and three models, the dearer the better; or items that are all alike, as where only means are known."""
    draw = np.random.default_rng(seed)
    steps = {}
    for name, size in (("draft", 1.0), ("answer", 4.0)):
        length = np.ones((n_items, 1)) if is_alike else draw.lognormal(0, 0.6, (n_items, 1))
        cost = size * length * np.array([1e-5, 1e-4, 1e-3])
        noise = 0.0 if is_alike else draw.normal(0, 0.1, (n_items, 3))
        quality = np.broadcast_to(np.clip(np.array([0.4, 0.6, 0.85]) + noise, 0, 1), cost.shape)
        steps[name] = (quality, cost, 3 * cost)
    return World(steps, chunk_size)


def between(world: World, share: float) -> Decimal:
    cheap, best = world.ends_usd()
    return money(cheap + share * (best - cheap))


def noisy(draw: random.Random) -> Real:
    return lambda expected, worst: min(expected * draw.uniform(0.4, 1.6), worst)


def spend(world: World, budget: Budget, *, real: Real, draw: random.Random, width: int, concurrency: int) -> Spent:
    """Take the chunks through the steps, `width` of them at once in any order, `concurrency` calls of each at once."""
    pacer = Pacer(world.plan(), budget)
    waiting = list(range(len(world.chunk_sizes)))
    under_way = {chunk: list(world.steps) for chunk in waiting[:width]}
    del waiting[:width]
    quality, n_stopped, most = 0.0, 0, Decimal(0)
    while under_way:
        chunk = draw.choice(sorted(under_way))
        step = under_way[chunk].pop(0)
        gained, high, stopped = spend_chunk(
            world, budget, pacer, chunk=chunk, step=step, real=real, draw=draw, concurrency=concurrency
        )
        quality, most, n_stopped = quality + gained, max(most, high), n_stopped + stopped
        if stopped or not under_way[chunk]:
            del under_way[chunk]
            if waiting and not stopped:
                following = waiting.pop(0)
                under_way[following] = list(world.steps)
    assert budget.limit_usd is not None
    assert budget.unspent_usd is not None
    return Spent(budget.limit_usd - budget.unspent_usd, most, quality, n_stopped)


def spend_chunk(
    world: World,
    budget: Budget,
    pacer: Pacer,
    *,
    chunk: int,
    step: str,
    real: Real,
    draw: random.Random,
    concurrency: int,
) -> tuple[float, Decimal, int]:
    """Route a step of a chunk at the pace and make its calls; quality gained, money bound at most, calls not made."""
    quality, cost, worst = world.steps[step]
    first = chunk * world.chunk_size
    rows = np.arange(first, first + world.chunk_sizes[chunk])
    left, room_usd = budget.unspent_usd, pacer.room_usd()
    assert left is not None
    assert room_usd is not None
    menu, dither = Menu(quality[rows], cost[rows]), world.dither(step)[rows]
    lambda_ = pacer.lambda_now()
    if cost[rows, choose(menu, lambda_ * dither)].sum() > room_usd:
        lambda_ = max(lambda_, curve_of(menu, dither).lambda_within(room_usd))
    may = worst[rows] <= float(left)
    choice = choose(Menu(np.where(may, quality[rows], -1e9), cost[rows]), lambda_ * dither)
    pacer.note_routed(chunk, step, expected_usd=float(cost[rows, choice].sum()))
    calls = [(int(row), int(model)) for row, model in zip(rows, choice, strict=True)]
    open_calls: list[tuple[Decimal, float, Decimal]] = []
    gained, most, n_stopped, paid = 0.0, Decimal(0), 0, 0.0

    def settle_one() -> float:
        reserved, gain, price = open_calls.pop(draw.randrange(len(open_calls)))
        budget.settle(reserved, price)
        nonlocal paid
        paid += float(price)
        return gain

    for row, model in calls:
        reserved = money(float(worst[row, model]))
        while len(open_calls) >= concurrency or not budget.reserve(reserved):
            if not open_calls:
                n_stopped += 1
                break
            gained += settle_one()
        else:
            price = min(money(real(float(cost[row, model]), float(worst[row, model]))), reserved)
            open_calls.append((reserved, float(quality[row, model]), price))
        assert budget.limit_usd is not None
        assert budget.remaining_usd is not None
        most = max(most, budget.limit_usd - budget.remaining_usd)
    while open_calls:
        gained += settle_one()
    pacer.note_settled(chunk, step, cost_usd=paid)
    return gained, most, n_stopped
