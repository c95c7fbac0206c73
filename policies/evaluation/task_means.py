"""The router to beat: it knows the task type, and of the prompt nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from policies.evaluation.costs import FittedCosts, fit_costs
from policies.evaluation.groups import group_means, known_means, rows_by_task_type
from policies.evaluation.outcomes import Floats, Outcomes
from policies.evaluation.prompts import Prompts
from policies.evaluation.router import Predictions

IGNORANCE = 0.5  # quality of a model that nothing is known of, and the largest standard deviation that one can have


@dataclass(frozen=True, slots=True)
class FittedTaskMeans:
    """Mean quality by task type and model; of an unseen task type, the models' means over all."""

    means: dict[str, Floats]
    errors: dict[str, Floats]
    overall: Floats
    overall_error: Floats
    costs: FittedCosts

    def predict(self, prompts: Prompts) -> Predictions:
        """The means, and their standard errors."""
        shape = (len(prompts), len(self.overall))
        quality = np.array([self.means.get(name, self.overall) for name in prompts.task_types])
        errors = np.array([self.errors.get(name, self.overall_error) for name in prompts.task_types])
        return Predictions(quality.reshape(shape), self.costs.predict(prompts), errors.reshape(shape))


@dataclass(frozen=True, slots=True)
class TaskMeansRouter:
    """Means by task type and model, each with `weight` imagined calls at the model's mean over all task types."""

    weight: float = 1.0

    @property
    def name(self) -> str:
        return "task means"

    def fit(self, prompts: Prompts, outcomes: Outcomes, *, seed: int) -> FittedTaskMeans:  # noqa: ARG002  # no chance
        """Take the means of what is known."""
        overall = known_means(outcomes.quality, default=IGNORANCE)
        means = group_means(prompts, outcomes.quality, prior=overall, weight=self.weight)
        known = {name: outcomes.is_known[rows].sum(axis=0) for name, rows in rows_by_task_type(prompts).items()}
        errors = {name: standard_error(means[name], count + self.weight) for name, count in known.items()}
        overall_error = standard_error(overall, outcomes.is_known.sum(axis=0) + self.weight)
        return FittedTaskMeans(means, errors, overall, overall_error, fit_costs(prompts, outcomes))


def standard_error(mean: Floats, count: Floats) -> Floats:
    """Of a mean of scores in [0, 1]: that of a proportion, with Agresti and Coull's four imagined calls.

    Agresti & Coull, The American Statistician 52 (1998).
    """
    moved = (mean * count + 2) / (count + 4)
    return np.sqrt(moved * (1 - moved) / (count + 4))
