"""What is left of a limit, spent on the single upgrades that gain most."""

from __future__ import annotations

import numpy as np

from policies.allocation.arrays import Flags, Floats, Integers

MOST_WORK = 2e7  # entries looked at; a pass looks at all
MOST_PASSES = 64


def fill(gain: Floats, use: Floats, choice: Integers, *, limit: float, room: Integers | None = None) -> Integers:
    """The choice after the best upgrades that fit, one at a time; a new array.

    `room` is (options,): how many more requests each may take; None for any number.
    """
    filled = choice.copy()
    left = None if room is None else room.copy()
    n_passes = min(MOST_PASSES, max(4, int(MOST_WORK / max(gain.size, 1))))
    rows = np.flatnonzero(filled >= 0)
    slack = limit - float(np.sum(use[rows, filled[rows]]))
    for _ in range(n_passes if len(rows) else 0):
        at = filled[rows]
        added = use[rows] - use[rows, at, None]
        more = np.where(fits(added, slack, left), gain[rows] - gain[rows, at, None], 0.0)
        i, option = np.unravel_index(int(more.argmax()), more.shape)
        if more[i, option] <= 0:
            break
        slack -= added[i, option]
        if left is not None:
            left[at[i]] += 1
            left[option] -= 1
        filled[rows[i]] = option
    return filled


def fits(added: Floats, slack: float, room: Integers | None) -> Flags:
    """Which changes keep the limit, and end at an option with room."""
    return added <= slack if room is None else (added <= slack) & (room > 0)
