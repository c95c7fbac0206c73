"""How far each term is believed: non-negative weights that fit its held-out predictions best.

Stacking: Wolpert, Neural Networks 5 (1992); with non-negative weights: Breiman, Machine Learning 24 (1996).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from policies.predictor.heads import centred
from policies.predictor.observations import Floats

EXPECTED_SE = 0.3


def fit_stack(terms: Sequence[Floats], targets: Floats, weights: Floats, *, expected: Sequence[float]) -> Floats:
    """A weight for each term (n, m), for targets (n, m), NaN unknown, by the differences between models.

    Few rows say little of weights: those are `expected` beforehand, each give or take `EXPECTED_SE` (a normal prior).
    All are shrunken by gain² / (gain² + its variance), where gain is that in squared error over predicting 0, and are 0
    where there is none: what is not better than the means alone beyond doubt is half believed at most.
    """
    from scipy.optimize import nnls  # a third of a second, that only fitting needs

    known = ~np.isnan(targets)
    nothing = np.zeros(len(terms))
    if not known.any():
        return nothing
    target = centred(targets)
    parts = [centred(np.where(known, term, np.nan)) for term in terms]
    scale = np.sqrt(np.broadcast_to(weights[:, None], targets.shape))[known]
    columns = np.stack([part[known] * scale for part in parts], axis=1)
    noise = float(np.mean((target[known] * scale) ** 2)) + 1e-9
    prior = noise / EXPECTED_SE**2
    # The normal equations: as good for a few terms, and no copy of all rows for the solver.
    upper = np.linalg.cholesky(columns.T @ columns + prior * np.eye(len(parts))).T
    product = columns.T @ (target[known] * scale) + prior * np.array(expected)
    found, _ = nnls(upper, np.linalg.solve(upper.T, product))
    fitted = sum((weight * part for weight, part in zip(found, parts, strict=True)), start=np.zeros_like(target))
    gains = weights * np.nansum(target**2 - (target - fitted) ** 2, axis=1)
    gain, variance = float(gains.mean()), float(gains.var()) / len(gains)
    return found * (gain**2 / (gain**2 + variance)) if gain > 0 else nothing
