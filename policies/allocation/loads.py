"""Loads brought within the capacities, by the moves that lose least: shortest paths between the models.

A path moves one request from each model on it to the next, so that only the loads of its ends change: the augmenting
paths of the transportation problem (Ahuja, Magnanti and Orlin, "Network Flows", 1993, §9.7).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from policies.allocation.arrays import Flags, Floats, Integers

TOO_LITTLE = 1e-12  # a gain that is rounding


@dataclass(frozen=True, slots=True)
class Moves:
    """(options, options): what the best move from one to another loses, inf where there is none, and which request."""

    loss: Floats
    request: Integers


def balance(
    reduced: Floats, choice: Integers, capacity: Integers, *, most_paths: int, is_improved: bool
) -> Integers | None:
    """The choice with every load within its capacity; None where no path leads on.

    Where `is_improved`, paths that gain are taken too. Not so where a use has a price: among requests that are all
    alike at it, each of a thousand moves may gain a rounding error, and together they would leave the limit far behind.
    `reduced` are the gains less prices, (requests, options), -inf where there is no option; `choice` has one for all.
    """
    balanced = choice.copy()
    for _ in range(most_paths):
        loads = np.bincount(balanced, minlength=len(capacity))
        is_over, has_room = loads > capacity, loads < capacity
        if not (is_improved or is_over.any()):
            return balanced
        moves = best_moves(reduced, balanced)
        path = shortest_path(moves.loss, is_over if is_over.any() else loads > 0, has_room)
        if not is_over.any() and (path is None or path[0] >= -TOO_LITTLE):
            path = best_cycle(moves.loss)
            if path is None:
                return balanced
        if path is None:
            return None
        for one, other in zip(path[1], path[1][1:], strict=False):
            balanced[moves.request[one, other]] = other
    return balanced if (np.bincount(balanced, minlength=len(capacity)) <= capacity).all() else None


def best_moves(reduced: Floats, choice: Integers) -> Moves:
    """For every pair of options the request that loses least by the move."""
    n_options = reduced.shape[1]
    loss = np.full((n_options, n_options), np.inf)
    request = np.full((n_options, n_options), -1)
    for option in range(n_options):
        members = np.flatnonzero(choice == option)
        if len(members):
            lost = reduced[members, option, None] - reduced[members]
            least = lost.argmin(axis=0)
            loss[option] = lost[least, np.arange(n_options)]
            request[option] = members[least]
        loss[option, option] = np.inf
    return Moves(loss, request)


def shortest_path(
    loss: Floats, starts: Flags, ends: Flags, *, back_to: int | None = None
) -> tuple[float, list[int]] | None:
    """The cheapest path from one of the starts to one of the ends, with what it loses; None where there is none.

    With `back_to`, each path counts with the move from its end to there.

    Bellman-Ford, an edge more a round. Losses may be below 0 by rounding; no option stands twice on a path.
    """
    n_options = len(loss)
    reached = np.where(starts, 0.0, np.inf)
    paths: list[list[int]] = [[option] if starts[option] else [] for option in range(n_options)]
    for _ in range(n_options - 1):
        before = list(paths)
        lengths = reached.copy()
        for option in np.flatnonzero(np.isfinite(lengths)):
            for other in np.flatnonzero(lengths[option] + loss[option] < reached - TOO_LITTLE):
                if other not in before[option]:
                    reached[other] = lengths[option] + loss[option, other]
                    paths[other] = [*before[option], int(other)]
    best = [option for option in np.flatnonzero(ends & np.isfinite(reached)) if len(paths[option]) > 1]
    if not best:
        return None
    if back_to is not None:
        reached, paths = reached + loss[:, back_to], [[*path, back_to] for path in paths]
    end = min(best, key=lambda option: float(reached[option]))
    return float(reached[end]), paths[end]


def best_cycle(loss: Floats) -> tuple[float, list[int]] | None:
    """A path that ends where it began, and gains; None where there is none."""
    n_options = len(loss)
    for start in range(n_options):
        found = shortest_path(loss, np.arange(n_options) == start, np.isfinite(loss[:, start]), back_to=start)
        if found is not None and found[0] < -TOO_LITTLE:
            return found
    return None
