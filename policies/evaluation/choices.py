"""The one rule by which every router's predictions become choices: the argmax of q - λc."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from policies.allocation.curve import HIGHEST, curve_of
from policies.allocation.menu import menu_of
from policies.evaluation.outcomes import Floats, Outcomes, Rows
from policies.evaluation.router import Predictions

N_MULTIPLIERS = 200
BESIDE = 1e-9  # a λ at which utilities are equal is left to rounding; one just above it takes the cheaper model


@dataclass(frozen=True, slots=True)
class Means:
    """What some choices came to, per call."""

    quality: float
    cost_usd: float


def choose(predictions: Predictions, multiplier: float) -> Rows:
    """The column with the highest q - λc for each prompt; λ = ∞ takes the cheapest, and breaks ties by quality.

    Of equal utilities the cheaper one goes first, then the first column. λ is in quality per USD.
    """
    quality, cost = predictions.quality, predictions.cost_usd
    if math.isinf(multiplier):
        by_cost: Rows = np.lexsort((-quality, cost), axis=1)
        return by_cost[:, 0]
    utility = quality - multiplier * cost
    is_best = utility == utility.max(axis=1, keepdims=True)
    chosen: Rows = np.where(is_best, cost, np.inf).argmin(axis=1)
    return chosen


def means_of(outcomes: Outcomes, chosen: Rows) -> Means:
    """What the choices came to in fact."""
    rows = np.arange(len(chosen))
    return Means(float(outcomes.quality[rows, chosen].mean()), float(outcomes.cost_usd[rows, chosen].mean()))


def multipliers_of(predictions: Predictions) -> Floats:
    """The λ's of a sweep, ascending from 0 to ∞: quantiles of those at which some prompt changes between two models.

    Free of scale: prices in cents give the same choices as prices in dollars. At most `N_MULTIPLIERS` + 2.
    """
    quality, cost = predictions.quality, predictions.cost_usd
    slopes = []
    for left in range(quality.shape[1]):
        for right in range(left + 1, quality.shape[1]):
            gain, price = quality[:, left] - quality[:, right], cost[:, left] - cost[:, right]
            is_dear = gain * price > 0  # else one of the two is never worth its price, at any λ
            slopes.append(gain[is_dear] / price[is_dear])
    found = np.concatenate(slopes)
    inner = np.quantile(found, np.linspace(0, 1, N_MULTIPLIERS)) * (1 + BESIDE) if len(found) else found
    return np.concatenate([[0.0], np.unique(inner), [math.inf]])


def multiplier_within(predictions: Predictions, budget_usd: float) -> float:
    """The smallest λ, to a relative 1e-9, at which the predicted cost per call is at most `budget_usd`; else ∞."""
    curve = curve_of(menu_of(predictions.quality, predictions.cost_usd))
    multiplier = curve.lambda_within(budget_usd * len(predictions.cost_usd))
    return math.inf if multiplier >= HIGHEST else multiplier
