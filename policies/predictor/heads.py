"""Per-model linear heads: what a text adds to the mean, learned over all task types or within each one.

A head's penalty is chosen by leave-one-out error of the *differences* between models, which is what routing needs:
that a prompt is hard for all of them moves no choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from policies.predictor.observations import Floats, Rows, Singles
from policies.predictor.ridge import Block

PENALTIES = (10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0, 1280.0)
MIN_ROWS = 30  # of one model in one task type


@dataclass(frozen=True, slots=True)
class Heads:
    """Linear functions of features for groups of rows: `coefficients` (groups, d, m).

    `offsets` (groups, m) is what is subtracted, so that the mean over the rows learned from is 0; `freedom` (groups, m)
    is the effective number of parameters over the number of rows: the variance of a prediction per unit of noise.
    `penalty` is what was chosen.
    """

    coefficients: Singles
    offsets: Singles
    freedom: Floats
    penalty: float

    def predict(self, joint: Singles, groups: Rows) -> Floats:
        """What texts add (n, m); 0 for the group -1."""
        added = np.zeros((len(joint), self.offsets.shape[1]))
        for group in np.unique(groups[groups >= 0]):
            rows = groups == group
            coefficients = self.coefficients[group].astype(np.float64)
            added[rows] = joint[rows].astype(np.float64) @ coefficients - self.offsets[group]
        return added


def centred(matrix: Floats) -> Floats:
    """Less the row's mean over what is known of it; a row of one known entry stays as it is."""
    known = ~np.isnan(matrix)
    n_known = known.sum(axis=1, keepdims=True)
    means = np.where(known, matrix, 0.0).sum(axis=1, keepdims=True) / np.maximum(n_known, 1)
    return matrix - np.where(n_known > 1, means, 0.0)


def fit_heads(
    blocks: Sequence[Block], targets: Floats, weights: Floats, *, n_groups: int, n_features: int
) -> tuple[Heads, Floats]:
    """Heads for targets (n, m), NaN unknown, and their leave-one-out predictions (n, m), 0 where there is no head."""
    n, m = targets.shape
    penalty = choose_penalty(blocks, targets, weights)
    coefficients = np.zeros((n_groups, n_features, m), dtype=np.float32)
    offsets = np.zeros((n_groups, m), dtype=np.float32)
    freedom = np.zeros((n_groups, m))
    left_out = np.zeros((n, m))
    for block in blocks:
        found, predicted = block.predict_left_out(targets, penalty=penalty)
        coefficients[block.group][:, block.columns] = found
        offsets[block.group, block.columns] = block.centre @ found
        left_out[np.ix_(block.rows, block.columns)] = predicted
        values = block.decomposition.values
        freedom[block.group, block.columns] = float((values**2 / (values**2 + penalty)).sum()) / len(block.rows)
    return Heads(coefficients, offsets, freedom, penalty), left_out


def choose_penalty(blocks: Sequence[Block], targets: Floats, weights: Floats) -> float:
    """The penalty of the least leave-one-out error of differences between models, over all blocks together."""
    losses = []
    for penalty in PENALTIES:
        left_out = np.zeros_like(targets)
        for block in blocks:
            left_out[np.ix_(block.rows, block.columns)] = block.predict_left_out(targets, penalty=penalty)[1]
        errors = centred(targets - left_out)
        losses.append(float(np.nansum(weights[:, None] * errors**2)))
    return PENALTIES[int(np.argmin(losses))]
