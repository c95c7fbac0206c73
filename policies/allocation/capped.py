"""A limit over all requests and capacities of the options: prices by the smoothed dual, then a repair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from policies.allocation.arrays import Floats, Integers
from policies.allocation.dual import Limits, find_prices, reduced_gain, spread_out
from policies.allocation.exchanges import exchange
from policies.allocation.knapsack import ROUNDING, Packing, total
from policies.allocation.loads import balance

MOST_ATTEMPTS = 6
GOAL = 1e-4
MOST_PATHS = 2_000
MOST_PATH_WORK = 1e9


@dataclass(frozen=True, slots=True)
class CappedPacking:
    """A packing, and the price of each option's capacity, in gain per request."""

    packing: Packing
    prices: Floats


def pack_capped(gain: Floats, use: Floats, *, limit: float, capacity: Integers) -> CappedPacking | None:
    """As `pack`, with at most `capacity` requests per option; None where nothing was found within all limits.

    Every request has an option, and some choice keeps the capacities.
    """
    allowed = limit + ROUNDING * abs(limit)
    best: CappedPacking | None = None
    bound, tightened = np.inf, 0.0
    for _ in range(MOST_ATTEMPTS):
        limits = Limits(gain, use, allowed - tightened, capacity.astype(np.float64))
        dual = find_prices(limits)
        bound = min(bound, dual.bound(Limits(gain, use, allowed, limits.capacity)))
        reduced = reduced_gain(limits, np.append(np.zeros(len(capacity)), dual.prices[-1]))
        choice = round_off(reduced, dual.share, capacity, is_improved=not dual.prices[-1])
        if choice is None:
            break
        choice = exchange(gain, use, reduced, choice, limit=allowed, capacity=capacity)
        over = total(use, choice) - allowed
        if over <= 0:
            best = better(best, gain, use, choice, prices=dual.prices)
            if bound - best.packing.gain <= GOAL * abs(best.packing.gain):
                break
            tightened = tightened / 2 if tightened else 0.0
            if not tightened:
                break
        else:
            tightened = max(2 * tightened, 1.5 * over)
    if best is None and (least := pack_least(use, capacity)) is not None and -least.gain <= allowed:
        choice = exchange(gain, use, gain, least.choice, limit=allowed, capacity=capacity)
        best = better(None, gain, use, choice, prices=dual.prices)
    return None if best is None else closed(best, bound)


def pack_least(use: Floats, capacity: Integers) -> Packing | None:
    """The choice of the least use within the capacities; its gain is minus that."""
    free = np.where(np.isfinite(use), 0.0, np.inf)
    dual = find_prices(Limits(-use, free, np.inf, capacity.astype(np.float64)))
    choice = round_off(-use, dual.share, capacity, is_improved=True)
    if choice is None:
        return None
    bound = dual.bound(Limits(-use, free, np.inf, capacity.astype(np.float64)))
    return Packing(choice, -total(use, choice), 0.0, 0.0, bound)


def round_off(reduced: Floats, share: Floats, capacity: Integers, *, is_improved: bool) -> Integers | None:
    """One option per request within the capacities; None where the work for it has no end."""
    most_paths = int(min(MOST_PATHS, max(100, MOST_PATH_WORK / max(reduced.size, 1))))
    return balance(reduced, spread_out(share), capacity, most_paths=most_paths, is_improved=is_improved)


def better(best: CappedPacking | None, gain: Floats, use: Floats, choice: Integers, *, prices: Floats) -> CappedPacking:
    """The one that gains more."""
    packing = Packing(choice, total(gain, choice), total(use, choice), float(prices[-1]), np.inf)
    if best is not None and best.packing.gain >= packing.gain:
        return best
    return CappedPacking(packing, prices[:-1])


def closed(best: CappedPacking, bound: float) -> CappedPacking:
    """The packing with the bound that all attempts proved."""
    packing = best.packing
    bound = max(bound, packing.gain)
    return CappedPacking(Packing(packing.choice, packing.gain, packing.use, packing.price, bound), best.prices)
