"""What a call of each model has to count for a batch to fit the models' limits before its deadline.

A price ν in quality for each model whose limit binds: the dual prices of the batch under its budget and the limits
(`policies.allocation.dual`). As with λ, each request takes its own factor f of these prices, so that requests which are
all alike need not all go one way. The argmax of v - f·(λc + ν) is that of v/f - λc - ν, so the prices are those of the
plain problem whose values are v/f.
"""

from __future__ import annotations

import numpy as np

from policies.allocation.arrays import Flags, Floats
from policies.allocation.capacities import count_servable
from policies.allocation.dual import Limits, find_prices
from policies.allocation.menu import Menu

MOST_ROWS = 50_000  # of a larger batch every so many requests stand for all
LEAST_S, MOST_S = 1e-3, 1e9


def find_scarcity(menu: Menu, dither: Floats, capacity: Floats, *, budget_usd: float | None) -> Floats:
    """The price of a call of each model, (models,), in quality; 0 where its limit does not bind.

    `menu` and `dither` are those of all requests, (requests, models) and (requests,), `capacity` is (models,): how many
    calls each can take, infinite without a limit. Some choice fits the limits. What is left of the budget for requests
    that only models of unknown price may serve is nothing. Calls of cascades are not counted.
    """
    usable = menu if budget_usd is None else menu.priced()
    rows = np.flatnonzero(usable.is_served)
    every = max(1, -(-len(rows) // MOST_ROWS))
    kept = rows[::every]
    if not len(kept):
        return np.zeros(len(capacity))
    share = len(kept) / len(rows)
    gain = usable.value[kept] / dither[kept, None]
    cost = np.where(np.isfinite(usable.cost_usd[kept]), usable.cost_usd[kept], 0.0)
    room = np.append(capacity, np.full(menu.n_cascades, np.inf)) * share
    most = np.minimum(room, 2.0 * len(kept))  # a limit that nothing can reach, and that is a number
    found = find_prices(Limits(gain, cost, np.inf if budget_usd is None else budget_usd * share, most))
    return np.where(most < len(kept), found.prices[:-1], 0.0)[: len(capacity)]


def scarcer(menu: Menu, factor: Floats, prices: Floats) -> Menu:
    """The menu with calls of models counting `prices`, (models,), times each request's factor, (requests,)."""
    charged = np.zeros(menu.value.shape[1])
    charged[: len(prices)] = prices
    return Menu(menu.value - factor[:, None] * charged, menu.cost_usd, menu.n_cascades)


def least_deadline_s(is_served: Flags, rpm: Floats) -> float:
    """The seconds within which all requests find room at least; infinite where no time is enough.

    `is_served` is (requests, models): which may serve, `rpm` (models,), infinite without a limit.
    """

    def fits(seconds: float) -> bool:
        room = np.minimum(np.floor(rpm * seconds / 60), len(is_served)).astype(np.int64)
        return count_servable(is_served, room) == len(is_served)

    if fits(LEAST_S):
        return 0.0
    if not fits(MOST_S):
        return np.inf
    low, high = LEAST_S, MOST_S
    while high / low > 1.0001:
        middle = float(np.sqrt(low * high))
        low, high = (low, middle) if fits(middle) else (middle, high)
    return high
