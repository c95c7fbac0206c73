"""How far each term is believed: non-negative weights that fit its held-out predictions best.

Stacking: Wolpert, Neural Networks 5 (1992); with non-negative weights: Breiman, Machine Learning 24 (1996).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import nnls

from policies.predictor.heads import centred
from policies.predictor.observations import Floats

LEAST_GAIN_SE = 1.0  # standard errors by which a stack has to be better than the means alone, or it is not used


def fit_stack(terms: Sequence[Floats], targets: Floats, weights: Floats) -> Floats:
    """A weight for each term (n, m), for targets (n, m), NaN unknown, by the differences between models.

    All are 0 where the gain in squared error over predicting 0 is within its standard error.
    """
    known = ~np.isnan(targets)
    nothing = np.zeros(len(terms))
    if not known.any():
        return nothing
    target = centred(targets)
    parts = [centred(np.where(known, term, np.nan)) for term in terms]
    scale = np.sqrt(np.broadcast_to(weights[:, None], targets.shape))[known]
    columns = np.stack([part[known] * scale for part in parts], axis=1)
    # The normal equations: as good for a few terms, and no copy of all rows for the solver.
    upper = np.linalg.cholesky(columns.T @ columns + 1e-9 * np.eye(len(parts))).T
    found, _ = nnls(upper, np.linalg.solve(upper.T, columns.T @ (target[known] * scale)))
    fitted = sum((weight * part for weight, part in zip(found, parts, strict=True)), start=np.zeros_like(target))
    gains = weights * np.nansum(target**2 - (target - fitted) ** 2, axis=1)
    error = float(gains.std()) / np.sqrt(len(gains))
    return found if float(gains.mean()) > LEAST_GAIN_SE * error else nothing
