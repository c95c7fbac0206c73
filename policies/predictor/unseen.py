"""Task types that nobody has asked for: what texts alone tell, believed as far as it carried over between task types.

A head and the neighbours are fitted to all that differs from the models' overall means, and each is judged on task
types that it was fitted without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from policies.predictor.features import TextVectors
from policies.predictor.heads import Heads, fit_heads
from policies.predictor.neighbours import Neighbours, fit_neighbours
from policies.predictor.observations import Floats, Rows, Singles
from policies.predictor.ridge import Block
from policies.predictor.stack import fit_stack

N_FOLDS = 4
EXPECTED = (0.5, 0.25)  # weights of the head and of the neighbours, before any data
MIN_TASKS = 4  # task types, without which nothing is known of carrying over


@dataclass(frozen=True, slots=True)
class UnseenTasks:
    """A head and neighbours for task types without a mean; `weights` (2,) say how far each is believed."""

    heads: Heads
    neighbours: Neighbours
    weights: Floats

    def predict(self, joint: Singles, place: Floats) -> Floats:
        """What texts tell beyond the models' overall means (n, m)."""
        head = self.heads.predict(joint, np.zeros(len(joint), dtype=np.intp))
        return np.asarray(self.weights[0] * head + self.weights[1] * self.neighbours.look(place).values)


def fit_unseen(
    vectors: TextVectors, blocks: Sequence[Block], residuals: Floats, weights: Floats, *, tasks: Rows
) -> tuple[UnseenTasks, Floats]:
    """Fit to `residuals` (n, m): quality less the model's overall mean, NaN unknown; `blocks` are of all rows.

    With it comes what it says of each row (n, m) without having seen the row's task type.
    """
    heads, _ = fit_heads(blocks, residuals, weights, n_groups=1, n_features=vectors.joint.shape[1])
    neighbours = fit_neighbours(vectors.place, residuals, tasks=tasks)
    if int(tasks.max(initial=-1)) + 1 < MIN_TASKS:
        return UnseenTasks(heads, neighbours, np.zeros(2)), np.zeros_like(residuals)
    near = neighbours.look(vectors.place, but_tasks=tasks).values
    far = np.zeros_like(residuals)
    for block in blocks:
        targets = residuals[np.ix_(block.rows, block.columns)]
        found = leave_tasks_out(
            vectors.joint[block.rows], targets, weights[block.rows], tasks=tasks[block.rows], penalty=heads.penalty
        )
        far[np.ix_(block.rows, block.columns)] = found
    trust = fit_stack([far, near], residuals, weights, expected=EXPECTED)
    return UnseenTasks(heads, neighbours, trust), trust[0] * far + trust[1] * near


def leave_tasks_out(features: Singles, targets: Floats, weights: Floats, *, tasks: Rows, penalty: float) -> Floats:
    """Ridge predictions (n, k) for each row, fitted without the task types of its fold.

    Each fold's own part is subtracted from the normal equations of all rows.
    """
    from scipy.linalg import solve

    scale = np.sqrt(weights)[:, None].astype(np.float32)
    scaled, y = features * scale, (targets * scale).astype(np.float32)
    folds = [np.flatnonzero(tasks % N_FOLDS == fold) for fold in range(N_FOLDS)]
    grams = [scaled[rows].T @ scaled[rows] for rows in folds]
    products = [scaled[rows].T @ y[rows] for rows in folds]
    gram, product = np.sum(grams, axis=0), np.sum(products, axis=0)
    predicted = np.zeros_like(targets)
    for rows, own_gram, own_product in zip(folds, grams, products, strict=True):
        left = (gram - own_gram).astype(np.float64) + penalty * np.eye(len(gram))
        predicted[rows] = features[rows] @ solve(left, product - own_product, assume_a="pos")
    return predicted
