"""What a call costs, from what was paid for others: linear in the prompt's length, per model, corrected per task type.

One predictor for every router that has none of its own, so that they differ by what they know of quality alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from policies.evaluation.groups import group_means
from policies.evaluation.outcomes import Floats, Outcomes
from policies.evaluation.prompts import Prompts

PRIOR_CALLS = 5.0  # how many calls of a task type weigh as much as what is known of the model


@dataclass(frozen=True, slots=True)
class FittedCosts:
    """Cost = max(least, intercept + slope × characters + correction of the task type), USD."""

    intercept: Floats  # (m,)
    slope: Floats  # (m,)
    least: Floats  # (m,) the lowest cost that was seen
    corrections: dict[str, Floats]  # by task type, each (m,)

    def predict(self, prompts: Prompts) -> Floats:
        """USD per call, (n, m)."""
        none = np.zeros_like(self.slope)
        corrections = np.array([self.corrections.get(name, none) for name in prompts.task_types])
        lines = self.intercept + self.slope * lengths(prompts)[:, None]
        costs: Floats = np.maximum(lines + corrections.reshape(lines.shape), self.least)
        return costs


def fit_costs(prompts: Prompts, outcomes: Outcomes) -> FittedCosts:
    """Fit each model's known costs; a model without any is taken for the mean of the others, and all without for 0."""
    m = len(outcomes.models)
    characters = lengths(prompts)
    intercept, slope, least = np.full(m, np.nan), np.zeros(m), np.full(m, np.nan)
    for column in range(m):
        is_known = ~np.isnan(outcomes.cost_usd[:, column])
        if is_known.any():
            x, y = characters[is_known], outcomes.cost_usd[is_known, column]
            spread = float(x.var())
            slope[column] = max(0.0, float(np.mean((x - x.mean()) * (y - y.mean()))) / spread) if spread else 0.0
            intercept[column] = y.mean() - slope[column] * x.mean()
            least[column] = y.min()
    for array in (intercept, least):
        array[np.isnan(array)] = 0.0 if np.isnan(array).all() else np.nanmean(array)
    residual = outcomes.cost_usd - (intercept + slope * characters[:, None])
    return FittedCosts(intercept, slope, least, group_means(prompts, residual, prior=np.zeros(m), weight=PRIOR_CALLS))


def lengths(prompts: Prompts) -> Floats:
    """Characters of each prompt, (n,)."""
    return np.array([len(text) for text in prompts.texts], dtype=np.float64)
