"""Our predictor as a router of the offline evaluation, with the local embedding of each prompt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from policies.evaluation.costs import FittedCosts, fit_costs
from policies.evaluation.outcomes import Outcomes
from policies.evaluation.prompts import Prompts
from policies.evaluation.router import Predictions
from policies.predictor.fitting import fit_predictor
from policies.predictor.observations import Observations
from policies.predictor.predictor import Predictor
from tasks.embeddings import embedded


@dataclass(frozen=True, slots=True)
class FittedPredictor:
    """The fitted predictor; `costs` stand in where it knows of no cost."""

    predictor: Predictor
    costs: FittedCosts
    is_embedded: bool

    def predict(self, prompts: Prompts) -> Predictions:
        """Quality, cost and standard errors."""
        embedding = embedded(prompts.texts) if self.is_embedded else None
        with threadpool_limits(1):
            found = self.predictor.predict(prompts.texts, prompts.task_types, embedding=embedding)
        plain = self.costs.predict(prompts)
        cost = plain if found.cost_usd is None else np.where(np.isnan(found.cost_usd), plain, found.cost_usd)
        return Predictions(found.quality, cost, found.quality_se)


@dataclass(frozen=True, slots=True)
class PredictorRouter:
    """Means, heads and neighbours, stacked; `is_embedded` False: words and surface alone."""

    is_embedded: bool = True

    @property
    def name(self) -> str:
        return "predictor" if self.is_embedded else "predictor, no embedding"

    def fit(self, prompts: Prompts, outcomes: Outcomes, *, seed: int) -> FittedPredictor:  # noqa: ARG002  # no chance
        """Fit to what is known."""
        observations = Observations(
            texts=prompts.texts,
            task_types=prompts.task_types,
            models=outcomes.models,
            quality=outcomes.quality,
            cost_usd=outcomes.cost_usd,
            output_tokens=outcomes.output_tokens,
            latency_s=outcomes.latency_s,
            embedding=embedded(prompts.texts) if self.is_embedded and len(prompts) else None,
        )
        with threadpool_limits(1):  # the matrices are small: threads would wait for each other
            predictor = fit_predictor(observations)
        return FittedPredictor(predictor, fit_costs(prompts, outcomes), predictor.is_embedded)
