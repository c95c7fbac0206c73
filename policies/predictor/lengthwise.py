"""Amounts of a call, such as its output tokens, by task type, model and length of the prompt.

amount(t, m, x) = mean(t, m) + slope(m) · (characters of x - mean characters of t), at least a tenth of the mean. The
mean of a thin cell leans on the model's mean, scaled by how the task type's calls compare with others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from policies.predictor.observations import Floats, Rows

CALLS_IMAGINED = 5.0  # at the model's mean, and as many of the task type at 1
LEAST_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class LengthwiseMeans:
    """`cells` (tasks + 1, m), the last row for task types that were never seen; NaN for a model of which nothing is
    known. `slopes` (m,) per character, `centres` (tasks + 1,) in characters."""

    cells: Floats
    slopes: Floats
    centres: Floats

    def predict(self, rows: Rows, n_characters: Floats) -> Floats:
        """Expected amounts (n, m); row -1 is an unseen task type."""
        cells = self.cells[rows]
        moved = cells + self.slopes * (n_characters - self.centres[rows])[:, None]
        return np.maximum(moved, LEAST_SHARE * cells)


def fit_lengthwise(
    amounts: Floats, weights: Floats, *, rows: Rows, n_tasks: int, n_characters: Floats
) -> LengthwiseMeans:
    """Fit to amounts (n, m) ≥ 0, NaN unknown."""
    known = ~np.isnan(amounts)
    w = known * weights[:, None]
    filled = np.where(known, amounts, 0.0)
    mass = w.sum(axis=0)
    model = np.where(mass > 0, (w * filled).sum(axis=0) / np.where(mass > 0, mass, 1), np.nan)
    task_mass, expected, came = np.zeros(n_tasks), np.zeros(n_tasks), np.zeros(n_tasks)
    base = np.nan_to_num(model)
    np.add.at(task_mass, rows, w.sum(axis=1))
    np.add.at(expected, rows, (w * base).sum(axis=1))
    np.add.at(came, rows, (w * filled).sum(axis=1))
    mean_cost = expected / np.maximum(task_mass, 1e-9)
    factor = (came + CALLS_IMAGINED * mean_cost) / np.maximum(expected + CALLS_IMAGINED * mean_cost, 1e-300)
    factor = np.where(expected > 0, factor, 1.0)
    cell_mass, sums = np.zeros((n_tasks, amounts.shape[1])), np.zeros((n_tasks, amounts.shape[1]))
    np.add.at(cell_mass, rows, w)
    np.add.at(sums, rows, w * filled)
    cells = (sums + CALLS_IMAGINED * factor[:, None] * model) / (cell_mass + CALLS_IMAGINED)
    centres = centres_of(rows, n_tasks, weights, n_characters)
    slopes = fit_slopes(filled - np.nan_to_num(cells)[rows], w, n_characters - centres[rows])
    return LengthwiseMeans(np.vstack([cells, model]), slopes, centres)


def centres_of(rows: Rows, n_tasks: int, weights: Floats, n_characters: Floats) -> Floats:
    """Mean characters of each task type, and last of all."""
    mass, sums = np.zeros(n_tasks), np.zeros(n_tasks)
    np.add.at(mass, rows, weights)
    np.add.at(sums, rows, weights * n_characters)
    overall = sums.sum() / max(float(mass.sum()), 1e-9)
    return np.append(sums / np.maximum(mass, 1e-9), overall)


def fit_slopes(residuals: Floats, weights: Floats, lengths: Floats) -> Floats:
    """By least squares within task types, never falling: longer prompts cost no less."""
    spread = (weights * lengths[:, None] ** 2).sum(axis=0)
    product = (weights * residuals * lengths[:, None]).sum(axis=0)
    return np.asarray(np.maximum(product / np.where(spread > 0, spread, np.inf), 0.0))
