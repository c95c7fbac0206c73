"""Exchanges that keep all loads: a request moves to another option, and where that is full, another one moves back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from policies.allocation.arrays import Flags, Floats, Integers
from policies.allocation.filling import MOST_PASSES, MOST_WORK
from policies.allocation.loads import best_moves


@dataclass(frozen=True, slots=True)
class Exchanges:
    """(requests, options): what it gains and adds to the use if a request moved there, with who would move back.

    `partner` is (options, options): the request that moves back from the second to the first; -1 where none has to.
    Where an exchange can't be, `gain` is -inf.
    """

    gain: Floats
    use: Floats
    partner: Integers


def exchange(
    gain: Floats, use: Floats, reduced: Floats, choice: Integers, *, limit: float, capacity: Integers
) -> Integers:
    """The choice after exchanges that bring its use within the limit, the cheapest that suffice; then the best ones.

    `reduced` are the gains less prices; they choose who moves back. Where nothing helps, the use stays above the limit.
    """
    changed = choice.copy()
    each = np.arange(len(choice))
    for _ in range(min(MOST_PASSES, max(4, int(MOST_WORK / max(gain.size, 1))))):
        slack = limit - float(use[each, changed].sum())
        found = list_exchanges(gain, use, reduced, changed, capacity=capacity)
        worth = worth_of(found, slack)
        row, option = np.unravel_index(int(worth.argmax()), worth.shape)
        if worth[row, option] <= (0.0 if slack >= 0 else -np.inf):
            break
        origin = changed[row]
        partner = found.partner[origin, option]
        changed[row] = option
        if partner >= 0:
            changed[partner] = origin
    return changed


def list_exchanges(gain: Floats, use: Floats, reduced: Floats, choice: Integers, *, capacity: Integers) -> Exchanges:
    """Every exchange there is."""
    each = np.arange(len(choice))
    has_room = np.bincount(choice, minlength=len(capacity)) < capacity
    moves = best_moves(reduced, choice)
    back = np.where(np.isfinite(moves.loss.T), moves.request.T, -1)  # from the option to the origin
    n_options = len(capacity)
    origin, option = np.indices((n_options, n_options))
    with np.errstate(invalid="ignore"):  # where there is nobody to move back
        back_gain = np.where(back >= 0, gain[back, origin] - gain[back, option], -np.inf)
        back_use = np.where(back >= 0, use[back, origin] - use[back, option], np.inf)
    free = np.broadcast_to(has_room, back.shape)
    back = np.where(free, -1, back)
    back_gain, back_use = np.where(free, 0.0, back_gain), np.where(free, 0.0, back_use)
    more = gain - gain[each, choice, None] + back_gain[choice]
    added = use - use[each, choice, None] + back_use[choice]
    more[each, choice] = -np.inf
    return Exchanges(more, added, back)


def worth_of(found: Exchanges, slack: float) -> Floats:
    """What each exchange is worth: its gain where the limit is kept, else how little it loses for what it frees."""
    if slack >= 0:
        return np.where(found.use <= slack, found.gain, -np.inf)
    helps: Flags = (found.use < 0) & np.isfinite(found.gain)
    suffices = helps & (found.use <= slack)
    if suffices.any():
        return np.where(suffices, found.gain, -np.inf)
    lost = np.maximum(-found.gain, 1e-300)
    return np.where(helps, -lost / np.where(helps, -found.use, 1.0), -np.inf)
