"""The allocation of a batch: quality at its highest for the money, or money at its least for a share of the quality."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from policies.allocation.arrays import Floats, Integers
from policies.allocation.capacities import count_servable
from policies.allocation.capped import pack_capped, pack_least
from policies.allocation.knapsack import Packing, pack, total
from policies.allocation.menu import Menu

Limit: TypeAlias = Literal["price", "capacity", "budget", "floor"]


@dataclass(frozen=True, slots=True)
class Allocation:
    """`choice` is (requests,): the model of each, -1 where none may serve; `value` and `cost_usd` are its sums.

    `lambda_` is the quality that one more USD buys, 0 where money is not short; `prices` is (models,): the quality that
    one more call of each would add. `bound` is what no allocation can beat, a value or, under a floor, a cost; `gap` is
    what it leaves open, relative to what was reached.
    """

    choice: Integers
    value: float
    cost_usd: float
    lambda_: float
    prices: Floats
    bound: float
    gap: float


@dataclass(frozen=True, slots=True)
class Infeasible:
    """No allocation keeps a limit; `nearest` is what could be kept.

    Of "price": the number of requests with a model of known price. Of "capacity": the number that find room. Of
    "budget": the smallest one that suffices, in USD. Of "floor": the largest share of the best model's quality.
    """

    limit: Limit
    nearest: float


def maximise_quality(
    menu: Menu, *, budget_usd: float | None = None, capacity: Integers | None = None
) -> Allocation | Infeasible:
    """Maximise the value with the cost at most `budget_usd`, and at most `capacity` (models,) calls per model.

    Without a budget, models of unknown price may serve, and make the cost NaN. Within a relative 1e-12 of the budget is
    within it: the same costs, added up in another order.
    """
    if budget_usd is not None and (missing := refuse_unpriced(menu)):
        return missing
    held = menu if budget_usd is None else menu.priced()
    use = np.where(np.isfinite(held.value), 0.0, np.inf) if budget_usd is None else held.cost_usd
    limit = math.inf if budget_usd is None else budget_usd
    packed = pack_served(held.value, use, limit=limit, capacity=capacity)
    if isinstance(packed, Infeasible):
        return packed
    packing, prices = packed
    cost_usd = total(menu.cost_usd, packing.choice)
    cost_usd = cost_usd if math.isfinite(cost_usd) else math.nan
    return Allocation(packing.choice, packing.gain, cost_usd, packing.price, prices, packing.bound, packing.gap)


def minimise_cost(menu: Menu, *, share: float, capacity: Integers | None = None) -> Allocation | Infeasible:
    """Minimise the cost with the value at least `share` of what the best model would reach, as `reference` has it.

    Models of unknown price are left out.
    """
    if missing := refuse_unpriced(menu):
        return missing
    held = menu.priced()
    floor = share * reference(held)
    packed = pack_served(-held.cost_usd, -held.value, limit=-floor, capacity=capacity)
    if isinstance(packed, Infeasible):
        is_floor = packed.limit == "budget"
        return Infeasible("floor", -packed.nearest / reference(held)) if is_floor else packed
    packing, prices = packed
    lambda_ = 1 / packing.price if packing.price else math.inf
    quality_prices = np.where(prices > 0, prices * lambda_, 0.0) if packing.price else np.zeros(menu.n_models)
    value, bound = total(held.value, packing.choice), -packing.bound + 0.0
    return Allocation(packing.choice, value, -packing.gain + 0.0, lambda_, quality_prices, bound, packing.gap)


def reference(menu: Menu) -> float:
    """The value that the single best model would reach; where it may not serve, the best one that may stands in."""
    served = menu.of_models[np.isfinite(menu.of_models).any(axis=1)]
    if not len(served):
        return 0.0
    stand_in = np.where(np.isfinite(served), served, served.max(axis=1, keepdims=True))
    return float(stand_in.sum(axis=0).max())


def refuse_unpriced(menu: Menu) -> Infeasible | None:
    """Why money can't be held to anything: a request that only models of unknown price may serve."""
    n_served, n_priced = int(menu.is_served.sum()), int(menu.is_priced.sum())
    return Infeasible("price", n_priced) if n_priced < n_served else None


def pack_served(
    gain: Floats, use: Floats, *, limit: float, capacity: Integers | None
) -> tuple[Packing, Floats] | Infeasible:
    """The packing of the requests that have an option, in the places of all, and the prices of the capacities."""
    is_served = np.asarray(np.isfinite(gain).any(axis=1))
    gain, use = gain[is_served], use[is_served]
    n_models = gain.shape[1]
    if capacity is None or bool((capacity >= len(gain)).all()):
        packing, prices = pack(gain, use, limit=limit), np.zeros(n_models)
        least = None if packing else pack(-use, np.zeros_like(use), limit=0.0)
    else:
        n_servable = count_servable(np.isfinite(gain), capacity)
        if n_servable < len(gain):
            return Infeasible("capacity", n_servable)
        capped = pack_capped(gain, use, limit=limit, capacity=capacity)
        packing, prices = (None, np.zeros(n_models)) if capped is None else (capped.packing, capped.prices)
        least = None if packing else pack_least(use, capacity)
    if packing is None:
        return Infeasible("budget", math.inf if least is None else -least.gain)
    choice = np.full(len(is_served), -1, np.int64)
    choice[is_served] = packing.choice
    return Packing(choice, packing.gain, packing.use, packing.price, packing.bound), prices
