"""Ridge regression with its leave-one-out predictions in closed form, over many penalties at once.

Hoerl & Kennard, Technometrics 12 (1970); leave-one-out: Golub, Heath & Wahba, Technometrics 21 (1979).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from policies.predictor.observations import Flags, Floats, Rows, Singles


@dataclass(frozen=True, slots=True)
class Decomposition:
    """One matrix of features, ready to be solved for any penalty: X (n, d) = U diag(s) Vᵀ, rows scaled by √weight."""

    left: Floats
    values: Floats
    right: Floats

    def solve(self, targets: Floats, *, penalty: float) -> tuple[Floats, Floats]:
        """Coefficients (d, k), and targets less their leave-one-out predictions (n, k), of row-scaled targets."""
        projected = self.left.T @ targets
        kept = self.values**2 / (self.values**2 + penalty)
        leverage = (self.left**2) @ kept
        left_out = (targets - self.left @ (kept[:, None] * projected)) / (1 - leverage)[:, None]
        factors = self.values / (self.values**2 + penalty)
        return self.right @ (factors[:, None] * projected), left_out


def decompose(features: Floats) -> Decomposition:
    """Through the smaller of the two Gram matrices, which is much faster than a singular value decomposition."""
    n, d = features.shape
    if n <= d:
        squares, left = np.linalg.eigh(features @ features.T)
        values = np.sqrt(np.maximum(squares, 0))
        keep = values > 1e-4 * max(values.max(initial=0.0), 1e-9)
        left, values = left[:, keep], values[keep]
        return Decomposition(left, values, features.T @ left / values)
    squares, right = np.linalg.eigh(features.T @ features)
    values = np.sqrt(np.maximum(squares, 0))
    keep = values > 1e-4 * max(values.max(initial=0.0), 1e-9)
    right, values = right[:, keep], values[keep]
    return Decomposition(features @ right / values, values, right)


@dataclass(frozen=True, slots=True)
class Block:
    """Models whose outcomes are known of the same rows, which are decomposed once for all of them."""

    rows: Rows
    columns: Rows
    centre: Floats
    decomposition: Decomposition
    scale: Floats  # √weight of each row
    targets: Floats  # (rows, columns), scaled

    def predict_left_out(self, penalty: float) -> tuple[Floats, Floats]:
        """Coefficients, and the prediction for each row without it."""
        coefficients, left_out = self.decomposition.solve(self.targets, penalty=penalty)
        return coefficients, (self.targets - left_out) / self.scale[:, None]


def blocks_of(features: Singles, targets: Floats, weights: Floats, *, rows: Rows, min_rows: int) -> Iterator[Block]:
    """The blocks of some rows of targets (n, m), NaN unknown; models with fewer rows than `min_rows` have none."""
    known: Flags = ~np.isnan(targets[rows])
    patterns: dict[bytes, list[int]] = {}
    for column in range(targets.shape[1]):
        if known[:, column].sum() >= min_rows:
            patterns.setdefault(known[:, column].tobytes(), []).append(column)
    for columns in patterns.values():
        mine = rows[known[:, columns[0]]]
        scale = np.sqrt(weights[mine])
        part = features[mine].astype(np.float64)
        centre = np.average(part, axis=0, weights=weights[mine])
        picked = np.array(columns, dtype=np.intp)
        y = targets[np.ix_(mine, picked)] * scale[:, None]
        yield Block(mine, picked, centre, decompose((part - centre) * scale[:, None]), scale, y)
