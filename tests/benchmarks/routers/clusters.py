"""K-means clusters of prompts: a model's quality is its mean in the clusters nearest to the prompt.

Zhang et al., "Beyond GPT-5: making LLMs cheaper and better via performance-efficiency optimized routing" (Avengers-Pro,
arXiv:2508.11621, 2025): 60 clusters of sentence vectors; a prompt takes the mean over its 4 nearest clusters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.cluster import KMeans

from policies.evaluation.costs import FittedCosts, fit_costs
from policies.evaluation.groups import known_means
from policies.evaluation.outcomes import Floats, Outcomes
from policies.evaluation.prompts import Prompts
from policies.evaluation.router import Predictions
from policies.evaluation.task_means import IGNORANCE
from tests.benchmarks.routers.features import Features, features_for


@dataclass(frozen=True, slots=True)
class FittedClusters:
    """The clusters' centres, and the models' means in each."""

    n_nearest: int
    features: Features
    centres: Floats
    means: Floats
    costs: FittedCosts

    def predict(self, prompts: Prompts) -> Predictions:
        """The means of the nearest clusters."""
        vectors = self.features.of(prompts)
        distance = (self.centres**2).sum(axis=1) - 2 * vectors @ self.centres.T
        nearest = np.argsort(distance, axis=1, kind="stable")[:, : self.n_nearest]
        return Predictions(self.means[nearest].mean(axis=1), self.costs.predict(prompts))


@dataclass(frozen=True, slots=True)
class ClustersRouter:
    """Means by cluster; a model without an answer in a cluster has its mean over all."""

    n_clusters: int = 60
    n_nearest: int = 4

    @property
    def name(self) -> str:
        return "K-means clusters"

    def fit(self, prompts: Prompts, outcomes: Outcomes, *, seed: int) -> FittedClusters:
        """Cluster the prompts, and take the means."""
        features, costs = features_for(prompts), fit_costs(prompts, outcomes)
        vectors = features.of(prompts)
        n_clusters = min(self.n_clusters, len({row.tobytes() for row in vectors}))
        if not n_clusters:
            return FittedClusters(1, features, np.zeros((1, vectors.shape[1])), known_means_of(outcomes), costs)
        model = KMeans(n_clusters, n_init=1, random_state=seed).fit(vectors)
        overall = known_means(outcomes.quality, default=IGNORANCE)
        means = np.array([filled(outcomes.quality[model.labels_ == c], overall) for c in range(n_clusters)])
        return FittedClusters(self.n_nearest, features, model.cluster_centers_, means, costs)


def known_means_of(outcomes: Outcomes) -> Floats:
    """The models' means over all, as those of one cluster."""
    return known_means(outcomes.quality, default=IGNORANCE)[None, :]


def filled(quality: Floats, overall: Floats) -> Floats:
    """The known means of a cluster, else those over all."""
    means = known_means(quality, default=np.nan)
    return np.where(np.isnan(means), overall, means)
