"""k nearest neighbours: a model's quality is its mean on the k most similar prompts.

Hu et al., "RouterBench: a benchmark for multi-LLM routing system" (2024), §4.1; Li, "Rethinking predictive LLM routing:
when simple kNN beats complex learned routers" (arXiv:2505.12601, 2025): cosine similarity of sentence vectors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from policies.evaluation.costs import FittedCosts, fit_costs
from policies.evaluation.groups import known_means
from policies.evaluation.outcomes import Floats, Outcomes
from policies.evaluation.prompts import Prompts
from policies.evaluation.router import Predictions
from policies.evaluation.task_means import IGNORANCE, standard_error
from tests.benchmarks.routers.features import Features, features_for

ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class FittedNeighbours:
    """The vectors and qualities of the prompts that are known."""

    k: int
    features: Features
    vectors: Floats
    quality: Floats
    overall: Floats
    costs: FittedCosts

    def predict(self, prompts: Prompts) -> Predictions:
        """The means over neighbours, a few rows at a time."""
        vectors = self.features.of(prompts)
        parts = [self.predict_rows(vectors[i : i + ROWS_AT_ONCE]) for i in range(0, len(vectors), ROWS_AT_ONCE)]
        quality, errors = (np.vstack([part[number] for part in parts]) for number in (0, 1))
        return Predictions(quality, self.costs.predict(prompts), errors)

    def predict_rows(self, vectors: Floats) -> tuple[Floats, Floats]:
        """Quality and standard error of some rows; each model has its own neighbours, those that it answered."""
        similarity = vectors @ self.vectors.T
        quality = np.tile(self.overall, (len(vectors), 1))
        errors = np.full(quality.shape, IGNORANCE)
        for column in range(self.quality.shape[1]):
            known = np.flatnonzero(~np.isnan(self.quality[:, column]))
            if (k := min(self.k, len(known))) > 0:
                near = np.argpartition(-similarity[:, known], k - 1, axis=1)[:, :k]
                mean = self.quality[known[near], column].mean(axis=1)
                quality[:, column], errors[:, column] = mean, standard_error(mean, np.full(len(mean), k))
        return quality, errors


@dataclass(frozen=True, slots=True)
class NeighboursRouter:
    """k nearest neighbours by cosine."""

    k: int = 50

    @property
    def name(self) -> str:
        return "kNN"

    def fit(self, prompts: Prompts, outcomes: Outcomes, *, seed: int) -> FittedNeighbours:
        """Remember the prompts."""
        features = features_for(prompts)
        overall = known_means(outcomes.quality, default=IGNORANCE)
        vectors = features.of(prompts)
        return FittedNeighbours(self.k, features, vectors, outcomes.quality, overall, fit_costs(prompts, outcomes))
