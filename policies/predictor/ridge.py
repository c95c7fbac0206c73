"""Ridge regression with its leave-one-out predictions in closed form, over many penalties at once.

Hoerl & Kennard, Technometrics 12 (1970); leave-one-out: Golub, Heath & Wahba, Technometrics 21 (1979).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from policies.predictor.observations import Flags, Floats, Rows, Singles

LEAST_VALUE = 1e-3  # of the largest singular value: what is below is rounding, and every penalty is far above it


@dataclass(frozen=True, slots=True)
class Decomposition:
    """One matrix of features, ready to be solved for any penalty: X (n, d) = U diag(s) Vᵀ, rows scaled by √weight."""

    left: Singles
    values: Floats
    right: Singles

    def solve(self, targets: Floats, *, penalty: float) -> tuple[Floats, Floats]:
        """Coefficients (d, k), and targets less their leave-one-out predictions (n, k), of row-scaled targets."""
        projected = self.left.T @ targets
        kept = self.values**2 / (self.values**2 + penalty)
        leverage = (self.left**2) @ kept
        left_out = (targets - self.left @ (kept[:, None] * projected)) / (1 - leverage)[:, None]
        factors = self.values / (self.values**2 + penalty)
        return self.right @ (factors[:, None] * projected), left_out


def decompose(features: Singles) -> Decomposition:
    """Through the smaller of the two Gram matrices, which is much faster than a singular value decomposition."""
    n, d = features.shape
    gram = features @ features.T if n <= d else features.T @ features
    squares, vectors = np.linalg.eigh(gram.astype(np.float64))
    values = np.sqrt(np.maximum(squares, 0))
    keep = values > LEAST_VALUE * max(float(values.max(initial=0.0)), 1e-9)
    values = values[keep]
    known = np.asarray(vectors[:, keep], dtype=np.float32)
    other = np.asarray((features.T if n <= d else features) @ known / values, dtype=np.float32)
    return Decomposition(known, values, other) if n <= d else Decomposition(other, values, known)


@dataclass(frozen=True, slots=True)
class Block:
    """Models whose outcomes are known of the same rows of a group, which are decomposed once for all of them."""

    group: int
    rows: Rows
    columns: Rows
    centre: Floats
    decomposition: Decomposition
    scale: Floats  # √weight of each row

    def predict_left_out(self, targets: Floats, *, penalty: float) -> tuple[Floats, Floats]:
        """Coefficients for the block's part of targets (n, m), and the prediction for each row without it."""
        scaled = targets[np.ix_(self.rows, self.columns)] * self.scale[:, None]
        coefficients, left_out = self.decomposition.solve(scaled, penalty=penalty)
        return coefficients, (scaled - left_out) / self.scale[:, None]


def blocks_of(
    features: Singles, known: Flags, weights: Floats, *, groups: Sequence[Rows], min_rows: int
) -> tuple[Block, ...]:
    """The blocks of each group of rows, by what is `known` (n, m); models with fewer rows than `min_rows` have none."""
    return tuple(
        block_of(features, weights, group=group, rows=mine, columns=columns)
        for group, rows in enumerate(groups)
        for mine, columns in patterns_of(known, rows, min_rows)
    )


def patterns_of(known: Flags, rows: Rows, min_rows: int) -> Iterator[tuple[Rows, Rows]]:
    """Rows with the columns that are known of just these of them."""
    part = known[rows]
    patterns: dict[bytes, list[int]] = {}
    for column in range(part.shape[1]):
        if part[:, column].sum() >= min_rows:
            patterns.setdefault(part[:, column].tobytes(), []).append(column)
    for columns in patterns.values():
        yield rows[part[:, columns[0]]], np.array(columns, dtype=np.intp)


def block_of(features: Singles, weights: Floats, *, group: int, rows: Rows, columns: Rows) -> Block:
    """One block, decomposed."""
    scale = np.sqrt(weights[rows])
    part = features[rows]
    centre = np.average(part, axis=0, weights=weights[rows]).astype(np.float64)
    scaled = (part - centre.astype(np.float32)) * scale[:, None].astype(np.float32)
    return Block(group, rows, columns, centre, decompose(scaled), scale)
