"""The price of money in a batch: the Lagrange multiplier λ of its budget, by bisection."""

from __future__ import annotations

import math
from collections.abc import Sequence

BISECTIONS = 50
HIGHEST = 1e12  # quality per USD; beyond it, only cost counts


def find_multiplier(pairs: Sequence[Sequence[tuple[float, ...]]], *, budget_usd: float) -> float:
    """The smallest λ ≥ 0 (to a relative 1e-9) at which argmax q - λc spends at most `budget_usd` in expectation.

    `pairs` holds (quality, cost in USD) per option and request; a cost may be infinite. What else a tuple holds orders
    ties, the highest first; then the cheaper is chosen. The spend falls as λ rises, in
    steps, so bisection finds the step (Fisher, "The Lagrangian relaxation method", Management Science 27, 1981). Where
    even the cheapest choice is over the budget, λ is `HIGHEST`: cheapest first, and the ledger stops the rest.
    """
    if spend_at(0.0, pairs) <= budget_usd:
        return 0.0
    low, high = 0.0, 1.0
    while spend_at(high, pairs) > budget_usd:
        low, high = high, high * 10
        if high > HIGHEST:
            return HIGHEST
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        if spend_at(middle, pairs) <= budget_usd:
            high = middle
        else:
            low = middle
        if high - low <= 1e-9 * high:
            break
    return high  # the feasible end


def spend_at(lambda_: float, pairs: Sequence[Sequence[tuple[float, ...]]]) -> float:
    """What the choices at λ cost together, in USD."""

    def key(pair: tuple[float, ...]) -> tuple[float, ...]:
        quality, cost, *ties = pair
        return (quality - (lambda_ * cost if lambda_ else 0.0), *ties, -cost)

    return math.fsum(max(options, key=key)[1] for options in pairs)
