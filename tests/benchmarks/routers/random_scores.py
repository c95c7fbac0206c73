"""The router that knows nothing: qualities drawn by chance, one per prompt and model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from policies.draws import draw_uniform
from policies.evaluation.costs import FittedCosts, fit_costs
from policies.evaluation.outcomes import Outcomes
from policies.evaluation.prompts import Prompts
from policies.evaluation.router import Predictions


@dataclass(frozen=True, slots=True)
class FittedRandom:
    """The seed, and how many models there are."""

    seed: int
    n_models: int
    costs: FittedCosts

    def predict(self, prompts: Prompts) -> Predictions:
        """The same draws for the same prompt."""
        seeds = [
            int(draw_uniform(self.seed, query_id, purpose="random router") * 2**53) for query_id in prompts.query_ids
        ]
        quality = np.array([np.random.default_rng(seed).random(self.n_models) for seed in seeds])
        return Predictions(quality.reshape(len(prompts), self.n_models), self.costs.predict(prompts))


@dataclass(frozen=True, slots=True)
class RandomRouter:
    """Qualities by chance."""

    @property
    def name(self) -> str:
        return "random"

    def fit(self, prompts: Prompts, outcomes: Outcomes, *, seed: int) -> FittedRandom:
        """Nothing to learn but costs."""
        return FittedRandom(seed, len(outcomes.models), fit_costs(prompts, outcomes))
