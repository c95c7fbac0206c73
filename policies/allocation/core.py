"""A search of the core: the few requests whose options are all but equal at the price of the limit.

A choice that beats the best one known loses less than the known gap by its deviations from the relaxation's; so every
option that alone would lose more is out (reduced-cost fixing), and the rest is searched by dynamic programming over
undominated states (Pisinger, "A minimal algorithm for the multiple-choice knapsack problem", European Journal of
Operational Research 83, 1995). Exact unless one of the two limits of its effort
cuts in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from policies.allocation.arrays import Floats, Integers


@dataclass(frozen=True, slots=True)
class Effort:
    """How many requests are searched, and how many states are kept for each."""

    most_requests: int
    most_states: int


QUICK, THOROUGH = Effort(128, 1_024), Effort(512, 8_192)


@dataclass(frozen=True, slots=True)
class States:
    """(states,): the slack left and what is lost against the relaxation, with how each came from the level before."""

    slack: Floats
    lost: Floats
    parent: Integers
    option: Integers


def search_core(
    gain: Floats, use: Floats, base: Integers, *, price: float, slack: float, loss: float, effort: Effort
) -> Integers | None:
    """A choice that loses less than `loss` against the bound, the least found; None where none was.

    `base` is the relaxation's choice at `price` without its fraction, which leaves `slack` of the limit.
    """
    regret, freed = deviations(gain, use, base, price=price)
    rows = core_of(regret, freed, price=price, slack=slack, loss=loss)[: effort.most_requests]
    levels = [States(np.array([slack]), np.zeros(1), np.zeros(1, np.int64), np.zeros(1, np.int64))]
    best, found = loss, None
    gives = reach_of([freed[row][regret[row] < loss].max() for row in rows])
    takes = reach_of([-freed[row][regret[row] < loss].min() for row in rows])
    for level, row in enumerate(rows):
        reach = (gives[level + 1], takes[level + 1])
        states = advance(levels[-1], regret[row], freed[row], price=price, loss=best, reach=reach)
        states = thin_out(states, effort.most_states)
        levels.append(states)
        losses = np.where(states.slack >= 0, states.lost + price * states.slack, np.inf)
        if len(losses) and losses.min() < best:
            best, found = float(losses.min()), (level + 1, int(losses.argmin()))
    return None if found is None else trace_back(levels, rows, base, end=found)


def deviations(gain: Floats, use: Floats, base: Integers, *, price: float) -> tuple[Floats, Floats]:
    """For each option what it loses against the best at the price, and what it frees against the base."""
    each = np.arange(len(base))
    with np.errstate(invalid="ignore"):  # of requests without any option, which nothing asks for
        reduced = gain - price * use
        regret = np.maximum(reduced.max(axis=1, keepdims=True) - reduced, 0.0)
        freed = use[each, base, None] - use
    regret[~np.isfinite(gain)] = np.inf
    regret[each, base] = np.where(base >= 0, 0.0, np.inf)
    return regret, freed


def core_of(regret: Floats, freed: Floats, *, price: float, slack: float, loss: float) -> list[int]:
    """The requests with a second option that loses less, those first whose change could use most of the slack."""
    changed = np.minimum(np.abs(freed), 2 * slack)
    worth = np.where((regret < loss) & (freed != 0), price * changed - regret, -np.inf).max(axis=1)
    rows = np.flatnonzero(worth > -np.inf)
    return [int(row) for row in rows[np.argsort(-worth[rows], kind="stable")]]


def reach_of(most: list[float]) -> Floats:
    """How much slack the requests from each on can free, or take, at most; last 0."""
    return np.append(np.cumsum(most[::-1])[::-1], 0.0)


def advance(
    before: States, regret: Floats, freed: Floats, *, price: float, loss: float, reach: tuple[float, float]
) -> States:
    """The states after one more request: those that can still win, and that no other dominates.

    `reach` is how much slack the requests to come can free, and how much they can take.
    """
    gives, takes = reach
    options = np.flatnonzero(regret < loss)
    slack = (before.slack[:, None] + freed[options]).ravel()
    lost = (before.lost[:, None] + regret[options]).ravel()
    least = lost + price * np.maximum(slack - takes, 0.0)
    alive = np.flatnonzero((least < loss) & (slack + gives >= 0))
    total = lost[alive] + price * slack[alive]
    order = np.lexsort((total, -slack[alive]))  # more slack first: what follows has to lose less
    lowest = np.minimum.accumulate(total[order])
    undominated = order[np.append(True, lowest[1:] < lowest[:-1])[: len(order)]]
    kept = alive[undominated]
    return States(slack[kept], lost[kept], kept // len(options), options[kept % len(options)])


def thin_out(states: States, most: int) -> States:
    """At most so many of the states, spread over the slack: of those that are close, the one that lost least."""
    if len(states.slack) <= most:
        return states
    scale = (most - 1) / (np.ptp(states.slack) or 1.0)
    cell = ((states.slack - states.slack.min()) * scale).astype(np.int64)
    order = np.lexsort((states.lost, cell))
    kept = np.sort(order[np.append(True, np.diff(cell[order]) > 0)])
    return States(states.slack[kept], states.lost[kept], states.parent[kept], states.option[kept])


def trace_back(levels: list[States], rows: list[int], base: Integers, *, end: tuple[int, int]) -> Integers:
    """The choice that led to a state."""
    choice = base.copy()
    level, state = end
    while level:
        choice[rows[level - 1]] = levels[level].option[state]
        state = int(levels[level].parent[state])
        level -= 1
    return choice
