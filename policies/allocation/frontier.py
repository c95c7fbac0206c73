"""The efficient frontier of each request: from the least use, the upgrades worth making, the steepest first.

Only these matter to the linear relaxation of the multiple-choice knapsack problem (Sinha and Zoltners, "The
multiple-choice knapsack problem", Operations Research 27, 1979; Kellerer, Pferschy and Pisinger, "Knapsack Problems",
2004, §11.2): what is dominated, or below the upper left hull of gain over use, is never in its optimum.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from policies.allocation.arrays import Floats, Integers

ROWS_AT_ONCE = 1 << 15  # so that a block's matrices stay in the processor's cache
STEEPEST = 1e15  # steeper upgrades are as good as free


@dataclass(frozen=True, slots=True)
class Frontier:
    """`start` is (requests,): the option of least use, the best of them; -1 without any.

    The rest is (upgrades,): of request `row` to `option`, with what that adds to its gain and its use; `slope` is the
    one by the other. A request's upgrades stand in order, and their slopes never rise.
    """

    start: Integers
    row: Integers
    option: Integers
    gain: Floats
    use: Floats
    slope: Floats


def find_frontier(gain: Floats, use: Floats) -> Frontier:
    """The frontier of every row of two (requests, options) matrices; `gain` is -inf where there is no option."""
    start = least_use(gain, use)
    parts = [part for first in range(0, len(start), ROWS_AT_ONCE) for part in climb(gain, use, start, first=first)]
    empty = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0), np.zeros(0))
    row, option, more, added, slope = (np.concatenate(each) for each in zip(*(parts or [empty]), strict=True))
    return Frontier(start, row, option, more, added, slope)


def least_use(gain: Floats, use: Floats) -> Integers:
    """For each row the option of least use; of equal ones the best; -1 where there is none."""
    if not gain.size:
        return np.full(len(gain), -1, np.int64)
    least = np.where(gain > -np.inf, use, np.inf).min(axis=1, keepdims=True)
    best = np.where((use == least) & np.isfinite(use), gain, -np.inf)
    start = best.argmax(axis=1)
    return np.where(best[np.arange(len(start)), start] > -np.inf, start, -1)


def climb(
    gain: Floats, use: Floats, start: Integers, *, first: int
) -> Iterator[tuple[Integers, Integers, Floats, Floats, Floats]]:
    """The upgrades of a block of rows: all first ones, then all second ones, and so on."""
    rows = np.arange(first, min(first + ROWS_AT_ONCE, len(start)))
    rows = rows[start[rows] >= 0]
    at = start[rows]
    gains, uses = gain[rows], use[rows]
    last = np.full(len(rows), STEEPEST)
    while len(rows):
        each = np.arange(len(rows))
        more, added = gains - gains[each, at, None], uses - uses[each, at, None]
        is_upgrade = (more > 0) & (added > 0)
        slopes = np.divide(more, added, out=np.full(more.shape, -np.inf), where=is_upgrade)
        steepest = slopes.max(axis=1)
        nearest = np.where(slopes == steepest[:, None], added, np.inf).argmin(axis=1)
        kept = np.flatnonzero(steepest > 0)
        if not len(kept):
            return
        rows, gains, uses, at = rows[kept], gains[kept], uses[kept], nearest[kept]
        last = np.minimum(last[kept], steepest[kept])  # rounding must not put a later upgrade before an earlier one
        yield rows, at, more[kept, at], added[kept, at], last
