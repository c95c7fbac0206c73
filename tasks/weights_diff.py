"""What would route differently under another version of the weights: the logged calls decided under both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from policies.gate.choices import choose_under
from policies.logged_cases import Sources
from policies.types import Weights
from policies.weights import parse_weights
from tasks.replaying import Library
from tasks.trials import names_of, readable_calls
from warehouse.home import Home
from warehouse.weights import show_weights

DAYS, MOST = 90.0, 20_000
LEAST_CHANGE = 0.005  # of quality: what is less is not told


@dataclass(frozen=True, slots=True)
class Reroute:
    """Logged calls of a task type that would go from one model to another, of `n_calls` of the task type."""

    task_type: str
    source: str
    target: str
    n: int
    n_calls: int


@dataclass(frozen=True, slots=True)
class Relearned:
    """The quality of one model at one task type in both versions; None where a version does not know it."""

    task_type: str
    model: str
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True)
class WeightsDiff:
    """Two versions, and what is different by the second; `n_calls` logged calls were decided under both.

    `left_out` counts calls that can't be decided anew, by why not.
    """

    before: str
    after: str
    n_calls: int
    reroutes: tuple[Reroute, ...]
    relearned: tuple[Relearned, ...]
    left_out: Mapping[str, int]


def diff_weights(home: Home, before: str, after: str) -> WeightsDiff:
    """Compare two versions; raises `BadInputError` for one that is not there, or whose document is damaged."""
    versions = [parse_weights(show_weights(home, name).document, file=f"weights {name}") for name in (before, after)]
    library = Library(home)
    readable = readable_calls(home, library, days=DAYS, most=MOST)
    log, found = readable.asked.log, readable.asked.found
    sources = Sources(library.catalogue, library.weights)
    names = names_of(log, sources)
    every = np.zeros(log.n_rows, np.int64)
    chosen = [choose_under([one], every, log, found, sources=sources, names=names).probability for one in versions]
    is_served = np.all([one.sum(axis=1) > 0 for one in chosen], axis=0)
    own, new = (one.argmax(axis=1) for one in chosen)
    task_types = np.array(log.task_type.values)[log.task_type.codes]
    n_of = Counter(task_types[is_served].tolist())
    moved = np.flatnonzero(is_served & (own != new))
    counts = Counter((str(task_types[row]), names[own[row]], names[new[row]]) for row in moved.tolist())
    reroutes = tuple(Reroute(*key, n, n_of[key[0]]) for key, n in counts.most_common())
    return WeightsDiff(before, after, int(is_served.sum()), reroutes, tuple(relearned(*versions)), readable.left_out)


def relearned(before: Weights, after: Weights) -> Iterator[Relearned]:
    """The cells whose quality differs by more than nothing, in the order of task types and models."""
    for key in sorted(before.by_key.keys() | after.by_key.keys()):
        one, other = before.cell(*key), after.cell(*key)
        if one is None or other is None or abs(one.quality - other.quality) >= LEAST_CHANGE:
            yield Relearned(*key, one.quality if one else None, other.quality if other else None)


def tell_diff(diff: WeightsDiff) -> Iterator[str]:
    """A diff in words, a line each."""
    n = sum(one.n for one in diff.reroutes)
    if not diff.n_calls:
        yield "No logged call can be decided anew: what would route differently is not known."
    elif not n:
        yield f"All {diff.n_calls:,} logged calls would be routed alike."
    else:
        yield f"{n:,} of {diff.n_calls:,} logged calls would be routed differently:"
    for one in diff.reroutes:
        yield f"- {one.task_type}: {one.n:,} of {one.n_calls:,} would go to {one.target}, not to {one.source}"
    if diff.left_out:
        yield "Not compared: " + "; ".join(f"{count:,}: {why}" for why, count in diff.left_out.items()) + "."
    if diff.relearned:
        yield "What is known otherwise:"
    for cell in diff.relearned:
        yield f"- {cell.model} at {cell.task_type}: quality {shown(cell.before)}, now {shown(cell.after)}"


def shown(quality: float | None) -> str:
    """A quality as people read it."""
    return "not known" if quality is None else f"{quality:.3f}"
