"""What a batch costs and is worth at every λ, when each request takes the argmax of value - λ × cost by itself.

A run decides chunk by chunk, so it can follow a price, not a list of choices. Where many requests are alike, one price
would move them all together; each request therefore takes its own λ, a few per cent above or below the common one,
drawn from its name. The curve is of those very choices: as the common λ falls, one upgrade after the other is made.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from policies.allocation.arrays import Floats, Integers
from policies.allocation.frontier import find_frontier
from policies.allocation.knapsack import ROUNDING, total
from policies.allocation.menu import Menu

HIGHEST = 1e12  # quality per USD; beyond it, only cost counts
HAIR = 1e-9  # by which λ is beside the step that it has to miss


@dataclass(frozen=True, slots=True)
class Curve:
    """The upgrades in the order in which they are made as λ falls.

    `threshold` is (upgrades,): the λ below which each is made, falling; `row` the request that it is of. `cost_usd` and
    `value` are (upgrades + 1,): the sums before the first and after each. `dearest_usd` is what λ = 0 may cost, where
    the best value has several costs.
    """

    threshold: Floats
    row: Integers
    cost_usd: Floats
    value: Floats
    dearest_usd: float

    def lambda_within(self, budget_usd: float) -> float:
        """The smallest λ, to a relative 1e-9, at which the choices cost at most the budget; `HIGHEST` without one."""
        allowed = budget_usd + ROUNDING * abs(budget_usd)
        n_made = int(np.searchsorted(self.cost_usd, allowed, side="right")) - 1
        if n_made < 0:
            return HIGHEST
        if n_made < len(self.threshold):
            return min(float(self.threshold[n_made]) * (1 + HAIR), HIGHEST)
        if self.dearest_usd <= allowed:
            return 0.0
        return float(self.threshold[-1]) / 2 if n_made else 1.0  # so that of what is equally good the cheaper is taken

    def lambda_after(self, n_made: int) -> float:
        """The highest λ at which so many upgrades are made."""
        return HIGHEST if n_made == 0 else float(self.threshold[n_made - 1]) * (1 - HAIR)

    def n_made(self, lambda_: float) -> int:
        """How many of the upgrades are made at λ."""
        return int(np.searchsorted(-self.threshold, -lambda_, side="left"))


def curve_of(menu: Menu, dither: Floats | None = None) -> Curve:
    """The curve of a menu; `dither` is (requests,): by what each multiplies the common λ.

    Requests that only models of unknown price may serve cost what nobody knows, and are left out.
    """
    frontier = find_frontier(menu.value, menu.cost_usd)
    threshold = frontier.slope if dither is None else frontier.slope / dither[frontier.row]
    order = np.argsort(-threshold, kind="stable")
    cost = total(menu.cost_usd, frontier.start) + np.append(0.0, np.cumsum(frontier.use[order]))
    value = total(menu.value, frontier.start) + np.append(0.0, np.cumsum(frontier.gain[order]))
    return Curve(threshold[order], frontier.row[order], cost, value, dearest_usd(menu))


def dearest_usd(menu: Menu) -> float:
    """What the requests cost together where each takes its best value at the dearest known price."""
    if not menu.value.size:
        return 0.0
    is_best = menu.value == menu.value.max(axis=1, keepdims=True)
    return float(np.where(is_best & np.isfinite(menu.cost_usd), menu.cost_usd, 0.0).max(axis=1).sum())
