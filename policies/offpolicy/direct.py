"""Outcomes predicted without the row's own, for the doubly robust estimate: means per cell and model of other folds."""

from __future__ import annotations

import numpy as np

from policies.offpolicy.log import Codes, Floats, Log

N_FOLDS = 5
PRIOR_ROWS = 10.0  # of the model's mean over all cells, which a thin cell leans on


def cross_fit(log: Log, cells: Codes) -> Floats:
    """Each model's expected outcome for each row, (n, m), from the rows of other items only.

    `cells` (n,) numbers what predicts, such as the task type. A cell's mean leans on the model's over all cells as on
    `PRIOR_ROWS` rows, and that on the mean of all. Cross-fitting: Chernozhukov et al., Econometrics Journal 21 (2018).
    """
    n, m = log.is_possible.shape
    predicted = np.zeros((n, m))
    folds = log.item % N_FOLDS
    for fold in range(N_FOLDS):
        is_held_out = folds == fold
        means = cell_means(log, cells, is_used=~is_held_out & log.is_known)
        predicted[is_held_out] = means[cells[is_held_out]]
    return predicted


def cell_means(log: Log, cells: Codes, *, is_used: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Floats:
    """The shrunken mean outcome of each cell and model, (cells, m)."""
    m, n_cells = log.is_possible.shape[1], int(cells.max(initial=-1)) + 1
    keys, outcomes = (cells * m + log.chosen)[is_used], log.outcome[is_used]
    counts = np.bincount(keys, minlength=n_cells * m).reshape(n_cells, m)
    totals = np.bincount(keys, weights=outcomes, minlength=n_cells * m).reshape(n_cells, m)
    overall = outcomes.mean() if len(outcomes) else 0.0
    of_models = (totals.sum(axis=0) + PRIOR_ROWS * overall) / (counts.sum(axis=0) + PRIOR_ROWS)
    means: Floats = (totals + PRIOR_ROWS * of_models) / (counts + PRIOR_ROWS)
    return means
