"""Task types that nobody has asked for: what texts alone tell, believed as far as it carried over between task types.

A head and the neighbours are fitted to all that differs from the models' overall means, and each is judged on task
types that it was fitted without.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from policies.predictor.heads import Heads, fit_heads
from policies.predictor.neighbours import Neighbours, fit_neighbours
from policies.predictor.observations import Floats, Rows, Singles
from policies.predictor.stack import fit_stack

N_FOLDS = 4
MIN_TASKS = 4  # task types, without which nothing is known of carrying over


@dataclass(frozen=True, slots=True)
class UnseenTasks:
    """A head and neighbours for task types without a mean; `weights` (2,) say how far each is believed."""

    heads: Heads
    neighbours: Neighbours
    weights: Floats


def fit_unseen(joint: Singles, place: Singles, residuals: Floats, weights: Floats, *, tasks: Rows) -> UnseenTasks:
    """Fit to `residuals` (n, m): quality less the model's overall mean, NaN unknown."""
    every = [np.arange(len(joint), dtype=np.intp)]
    heads, _ = fit_heads(joint, residuals, weights, groups=every)
    neighbours = fit_neighbours(place, residuals, tasks=tasks)
    n_tasks = int(tasks.max(initial=-1)) + 1
    if n_tasks < MIN_TASKS:
        return UnseenTasks(heads, neighbours, np.zeros(2))
    near = neighbours.look(place, but_tasks=tasks).values
    trust = fit_stack([leave_tasks_out(joint, residuals, weights, tasks=tasks), near], residuals, weights)
    return UnseenTasks(heads, neighbours, trust)


def leave_tasks_out(joint: Singles, residuals: Floats, weights: Floats, *, tasks: Rows) -> Floats:
    """The head's predictions (n, m) for each row, fitted without the task types of its fold."""
    predicted = np.zeros_like(residuals)
    folds = tasks % N_FOLDS
    for fold in range(N_FOLDS):
        inside, outside = folds == fold, np.flatnonzero(folds != fold)
        heads, _ = fit_heads(joint, residuals, weights, groups=[outside])
        predicted[inside] = heads.predict(joint[inside], np.zeros(int(inside.sum()), dtype=np.intp))
    return predicted
