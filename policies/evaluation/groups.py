"""Means by task type and model, drawn towards a prior where there is little to go by."""

from __future__ import annotations

import numpy as np

from policies.evaluation.outcomes import Floats, Rows
from policies.evaluation.prompts import Prompts


def rows_by_task_type(prompts: Prompts) -> dict[str, Rows]:
    """The rows of each task type, by its name in alphabetical order."""
    task_types = np.array(prompts.task_types, dtype=object)
    return {name: np.flatnonzero(task_types == name) for name in sorted(set(prompts.task_types))}


def group_means(prompts: Prompts, values: Floats, *, prior: Floats, weight: float) -> dict[str, Floats]:
    """(Σ values + weight × prior) / (n + weight) of each task type, (m,); a NaN in `values` (n, m) counts for nothing.

    `prior` is (m,); `weight` ≥ 0 is the number of values that it is worth. Where n and weight are 0, it is the prior.
    """
    means = {}
    for name, rows in rows_by_task_type(prompts).items():
        known = ~np.isnan(values[rows])
        total = np.where(known, values[rows], 0.0).sum(axis=0) + weight * prior
        count = known.sum(axis=0) + weight
        means[name] = np.where(count > 0, total / np.maximum(count, 1e-300), prior)
    return means


def known_means(values: Floats, *, default: float) -> Floats:
    """The mean of each column's known values, (m,); `default` where none is known."""
    count = (~np.isnan(values)).sum(axis=0)
    return np.where(count > 0, np.nansum(values, axis=0) / np.maximum(count, 1), default)
