"""One limit over all requests: the multiple-choice knapsack problem, by its linear relaxation and a repair.

Both forms of the allocation are this one. Quality under a budget: the gain is the value, the use the cost. Cost under
a floor: the gain is minus the cost, the use minus the value. Sources: Sinha and Zoltners (1979) for the relaxation;
Fisher, "The Lagrangian relaxation method", Management Science 27, 1981, for the price of the limit and the bound.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from policies.allocation.arrays import Floats, Integers
from policies.allocation.core import QUICK, THOROUGH, search_core
from policies.allocation.filling import fill
from policies.allocation.frontier import Frontier, find_frontier

ROUNDING = 1e-12  # of sums that are the same money, added up in another order
GOAL, THOROUGH_GOAL = 1e-6, 1e-4  # relative gaps that are not worth more work


@dataclass(frozen=True, slots=True)
class Packing:
    """`choice` is (requests,), -1 where there is no option; `price` is gain per use at the limit, 0 where it is slack.

    `gain` and `use` are the sums of what was chosen; no choice within the limit gains more than `bound`.
    """

    choice: Integers
    gain: float
    use: float
    price: float
    bound: float

    @property
    def gap(self) -> float:
        """The relative duality gap: what the bound leaves open of the gain."""
        missing = max(self.bound - self.gain, 0.0)
        return missing / abs(self.gain) if self.gain else math.inf if missing else 0.0


def pack(gain: Floats, use: Floats, *, limit: float) -> Packing | None:
    """Maximise the sum of (requests, options) `gain` with that of `use` at most `limit`; None where nothing fits.

    `gain` is -inf and `use` +inf where a request has no such option. Within rounding of the limit is within it.
    """
    frontier = find_frontier(gain, use)
    allowed = limit + ROUNDING * max(abs(limit), abs(total(use, frontier.start)))
    slack = allowed - total(use, frontier.start)
    if slack < 0:
        return None
    choice, price = take_steepest(frontier, slack=slack)
    slack = allowed - total(use, choice)
    reached = total(gain, choice)
    bound = reached + (price * slack if price else 0.0)  # the slack of no limit is infinite
    found = Packing(choice, reached, total(use, choice), price, bound)
    return found if found.gap <= GOAL else repair(gain, use, found, limit=allowed)


def take_steepest(frontier: Frontier, *, slack: float) -> tuple[Integers, float]:
    """All upgrades, the steepest first, up to the one that does not fit; and the slope of that, 0 without one."""
    order = np.argsort(-frontier.slope, kind="stable")
    n_taken = int(np.searchsorted(np.cumsum(frontier.use[order]), slack, side="right"))
    choice, taken = frontier.start.copy(), order[:n_taken]
    choice[frontier.row[taken]] = frontier.option[taken]  # of a request's upgrades the last one stays
    return choice, float(frontier.slope[order[n_taken]]) if n_taken < len(order) else 0.0


def repair(gain: Floats, use: Floats, base: Packing, *, limit: float) -> Packing:
    """Use what the relaxation's last, fractional upgrade leaves over: greedily, then by a search of the core."""
    best = measure(gain, use, fill(gain, use, base.choice, limit=limit), like=base)
    for effort, goal in ((QUICK, GOAL), (THOROUGH, THOROUGH_GOAL)):
        if best.gap <= goal:
            break
        slack, loss = limit - base.use, base.bound - best.gain
        found = search_core(gain, use, base.choice, price=base.price, slack=slack, loss=loss, effort=effort)
        if found is not None:
            searched = measure(gain, use, fill(gain, use, found, limit=limit), like=base)
            best = max(best, searched, key=lambda packing: packing.gain)
    return best


def measure(gain: Floats, use: Floats, choice: Integers, *, like: Packing) -> Packing:
    """Another choice under the same price and bound."""
    return Packing(choice, total(gain, choice), total(use, choice), like.price, like.bound)


def total(amounts: Floats, choice: Integers) -> float:
    """The chosen entries of a (requests, options) matrix, added up without rounding."""
    rows = np.flatnonzero(choice >= 0)
    return math.fsum(amounts[rows, choice[rows]].tolist())
