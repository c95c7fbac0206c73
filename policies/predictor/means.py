"""Shrunken means per task type and model: a cell leans on its model and its task type as far as it is thin.

y = μ_model + δ_task + γ_cell + noise, each shrunken by its own variance (empirical Bayes; Efron & Morris, JASA 70,
1975). μ leans on the catalogue's prior, so that a model without a call is expected to be what the catalogue says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from policies.predictor.observations import Floats, Rows

PRIOR_SE = 0.15  # of the catalogue's word, as in policies.options
TASK_SE = 0.2  # between task types, before any was seen
CELL_SE, CELLS_IMAGINED = 0.1, 4.0  # between cells of the same model and task type, and what this guess counts
CALLS_IMAGINED, VARIANCE_IMAGINED = 4.0, 0.25  # so that a few equal scores don't prove certainty
ROUNDS = 30


@dataclass(frozen=True, slots=True)
class FittedMeans:
    """`cells`, `errors` and `counts` (effective scored calls) are (tasks, m), `overall` and `overall_error` (m,).
    `trust` (tasks, m) in [0, 1) is how far a cell follows its own calls.

    `effect` (tasks,) is by how much a task type is easier than the others for any model, which is all that is known of
    a model that is new. `noise` is the variance of one score within a cell.
    """

    task_types: tuple[str, ...]
    cells: Floats
    errors: Floats
    counts: Floats
    trust: Floats
    overall: Floats
    overall_error: Floats
    effect: Floats
    noise: float

    def rows_of(self, task_types: Sequence[str]) -> Rows:
        """The row of each task type, or -1 where it was never seen."""
        row = {name: i for i, name in enumerate(self.task_types)}
        return np.array([row.get(name, -1) for name in task_types], dtype=np.intp)

    def at(self, rows: Rows) -> tuple[Floats, Floats, Floats]:
        """Means, standard errors and counts (n, m) at rows of `rows_of`."""
        cells = np.vstack([self.cells, self.overall])
        errors = np.vstack([self.errors, self.overall_error])
        return cells[rows], errors[rows], np.vstack([self.counts, np.zeros_like(self.overall)])[rows]

    def doubt_at(self, rows: Rows) -> Floats:
        """1 - trust (n, m): how far a cell leans on what is known beyond it; 1 in an unseen task type."""
        return np.asarray(1 - np.vstack([self.trust, np.zeros_like(self.overall)])[rows])


def fit_means(quality: Floats, weights: Floats, *, task_types: Sequence[str], priors: Floats) -> FittedMeans:
    """Means of `quality` (n, m), NaN unknown, with weights (n,), and priors (m,) of the models."""
    names = tuple(sorted(set(task_types)))
    row_of = {name: i for i, name in enumerate(names)}
    rows = np.array([row_of[name] for name in task_types], dtype=np.intp)
    counts, means, noise = sum_cells(quality, weights, rows, len(names))
    overall, effect = fit_effects(counts, means, noise, priors)
    base = overall + effect[:, None]
    tau2 = spread_of(counts, means - base, noise)
    trust = counts / (counts + noise / tau2)
    overall_error2 = 1 / (counts.sum(axis=0) / noise + 1 / PRIOR_SE**2)
    effect_error2 = 1 / (counts.sum(axis=1) / noise + 1 / TASK_SE**2)
    base_error2 = overall_error2 + effect_error2[:, None]
    errors = np.sqrt(noise / (counts + noise / tau2) + (1 - trust) ** 2 * base_error2)
    between = float(np.mean(effect**2)) if len(names) > 1 else TASK_SE**2
    return FittedMeans(
        task_types=names,
        cells=np.clip(base + trust * (means - base), 0, 1),
        errors=errors,
        counts=counts,
        trust=trust,
        overall=overall,
        overall_error=np.sqrt(overall_error2 + tau2 + between),
        effect=effect,
        noise=noise,
    )


def sum_cells(quality: Floats, weights: Floats, rows: Rows, n_tasks: int) -> tuple[Floats, Floats, float]:
    """Effective counts (Kish: (Σw)²/Σw²) and means (tasks, m), 0 where nothing is known, and the pooled variance."""
    known = ~np.isnan(quality)
    w = known * weights[:, None]
    values = np.where(known, quality, 0.0)

    def total(matrix: Floats) -> Floats:
        sums = np.zeros((n_tasks, quality.shape[1]))
        np.add.at(sums, rows, matrix)
        return sums

    mass, squares = total(w), total(w**2)
    means = total(w * values) / np.where(mass > 0, mass, 1)
    counts = mass**2 / np.where(squares > 0, squares, 1)
    deviations = float((w * (values - means[rows]) ** 2).sum())
    degrees = float(np.maximum(counts - 1, 0).sum()) * (float(mass.sum()) / max(float(counts.sum()), 1e-9))
    noise = (deviations + CALLS_IMAGINED * VARIANCE_IMAGINED) / (degrees + CALLS_IMAGINED)
    return counts, means, min(noise, VARIANCE_IMAGINED)


def fit_effects(counts: Floats, means: Floats, noise: float, priors: Floats) -> tuple[Floats, Floats]:
    """μ (m,) and δ (tasks,), each given the other, in turn: a model that was asked the hard tasks isn't blamed."""
    overall, effect = priors.copy(), np.zeros(len(counts))
    prior_calls, task_calls = noise / PRIOR_SE**2, noise / TASK_SE**2
    for _ in range(ROUNDS):
        overall = (prior_calls * priors + (counts * (means - effect[:, None])).sum(0)) / (prior_calls + counts.sum(0))
        effect = (counts * (means - overall)).sum(1) / (task_calls + counts.sum(1))
        effect -= effect.mean() if len(effect) else 0.0
    return overall, effect


def spread_of(counts: Floats, residuals: Floats, noise: float) -> float:
    """The variance of γ, by moments, with some imagined cells."""
    known = counts > 0
    n_free = max(0, int(known.sum()) - sum(counts.shape))
    total = float((counts * residuals**2).sum()) - noise * n_free
    mean_count = float(counts[known].mean()) if known.any() else 1.0
    imagined = CELLS_IMAGINED * mean_count
    denominator = imagined + mean_count * n_free
    return max((total + imagined * CELL_SE**2) / denominator, 1e-4) if n_free else CELL_SE**2
