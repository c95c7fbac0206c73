"""How a log is made while it is learned from: choices that also find out, by a router's own doubt or by a share."""

from __future__ import annotations

import numpy as np

from policies.evaluation.choices import choose, multiplier_within
from policies.evaluation.outcomes import Rows
from policies.evaluation.router import Predictions

CALLS_PER_MODEL = 5  # that a router without standard errors finds out by, for each doubling of the log


def choose_exploring(
    predictions: Predictions, *, allowance_usd: float, n_logged: int, doubt: float, rng: np.random.Generator
) -> Rows:
    """Choose for a chunk, so that the mean cost is expected to be `allowance_usd`, or the least possible.

    A router with standard errors is asked for a draw in place of its mean: Thompson, Biometrika 25 (1933), with `doubt`
    standard errors as the deviation. One without gives a share of the chunk to models drawn with equal chances:
    `CALLS_PER_MODEL` × models / calls that are logged.
    """
    n, m = predictions.quality.shape
    if predictions.quality_se is not None:
        drawn = predictions.quality + doubt * predictions.quality_se * rng.standard_normal((n, m))
        return choose_within(Predictions(drawn, predictions.cost_usd), allowance_usd)
    share = min(1.0, CALLS_PER_MODEL * m / max(n_logged, 1))
    spent_exploring = share * float(predictions.cost_usd.mean())
    rest_usd = (allowance_usd - spent_exploring) / (1 - share) if share < 1 else 0.0
    chosen = choose_within(predictions, rest_usd)
    return np.where(rng.random(n) < share, rng.integers(m, size=n, dtype=np.intp), chosen)


def choose_within(predictions: Predictions, allowance_usd: float) -> Rows:
    """Choose at the smallest λ that keeps the mean predicted cost within the allowance."""
    return choose(predictions, multiplier_within(predictions, allowance_usd))
