"""Which prompts are learned from and which are routed: halves and folds that depend on ids and seed alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from policies.evaluation.outcomes import Rows


@dataclass(frozen=True, slots=True)
class Split:
    """Rows to learn from and rows to route, each ascending; together all rows, once."""

    train: Rows
    test: Rows


def halve(query_ids: Sequence[str], seed: int, *, population: Sequence[str] | None = None) -> Split:
    """Split by a random half of the distinct ids, drawn from the sorted ids: rows may come in any order.

    `population` are the ids to draw from, by default the rows' own: with those of the whole file, what is left out of
    the rows moves none of them to the other side.
    """
    distinct = np.array(sorted(set(query_ids if population is None else population)))
    half = set(np.random.default_rng(seed).permutation(distinct)[: len(distinct) // 2].tolist())
    is_train = np.array([query_id in half for query_id in query_ids], dtype=bool)
    return Split(np.flatnonzero(is_train), np.flatnonzero(~is_train))


def fold(query_ids: Sequence[str], n_folds: int, *, seed: int) -> Iterator[Split]:
    """Each of `n_folds` parts of the distinct ids, as even as can be, to route once, with the others to learn from."""
    distinct = np.array(sorted(set(query_ids)))
    shuffled = np.random.default_rng(seed).permutation(distinct).tolist()
    part_of = {query_id: position % n_folds for position, query_id in enumerate(shuffled)}
    parts = np.array([part_of[query_id] for query_id in query_ids], dtype=np.intp)
    for part in range(n_folds):
        yield Split(np.flatnonzero(parts != part), np.flatnonzero(parts == part))
