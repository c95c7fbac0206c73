"""Linear heads: one ridge regression of quality per model over TF-IDF of words and the task type.

The linear regressors of Somerstep et al., "CARROT: a cost aware rate optimal router" (arXiv:2502.03261, 2025), and of
Ong et al., "RouteLLM" (2024), in the place of whose sentence vectors stands TF-IDF.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge

from policies.evaluation.costs import FittedCosts, fit_costs
from policies.evaluation.groups import known_means
from policies.evaluation.outcomes import Floats, Outcomes
from policies.evaluation.prompts import Prompts
from policies.evaluation.router import Predictions
from policies.evaluation.task_means import IGNORANCE

FEWEST = 2  # answers of a model, for which a head is worth fitting


@dataclass(frozen=True, slots=True)
class FittedHeads:
    """The vocabulary and the models' heads, None where a model's mean stands in."""

    words: TfidfVectorizer | None
    task_types: tuple[str, ...]
    heads: tuple[Ridge | None, ...]
    overall: Floats
    costs: FittedCosts

    def predict(self, prompts: Prompts) -> Predictions:
        """Each head's regression, within [0, 1]."""
        quality = np.tile(self.overall, (len(prompts), 1))
        if self.words is not None:
            x = features_of(prompts, self.words, self.task_types)
            for column, head in enumerate(self.heads):
                if head is not None:
                    quality[:, column] = np.clip(head.predict(x), 0, 1)
        return Predictions(quality, self.costs.predict(prompts))


@dataclass(frozen=True, slots=True)
class HeadsRouter:
    """Ridge heads over word unigrams and bigrams."""

    penalty: float = 10.0

    @property
    def name(self) -> str:
        return "linear heads"

    def fit(self, prompts: Prompts, outcomes: Outcomes, *, seed: int) -> FittedHeads:
        """Fit one head per model on what it answered."""
        overall, costs = known_means(outcomes.quality, default=IGNORANCE), fit_costs(prompts, outcomes)
        task_types = tuple(sorted(set(prompts.task_types)))
        if len(prompts) < FEWEST:
            return FittedHeads(None, task_types, (None,) * len(overall), overall, costs)
        words = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), min_df=min(2, len(prompts)), max_df=1.0)
        words.fit(prompts.texts)
        x = features_of(prompts, words, task_types)
        heads = tuple(self.head(x, outcomes.quality[:, column]) for column in range(len(overall)))
        return FittedHeads(words, task_types, heads, overall, costs)

    def head(self, x: csr_matrix, quality: Floats) -> Ridge | None:
        """The head of one model."""
        known = np.flatnonzero(~np.isnan(quality))
        if len(known) < FEWEST:
            return None
        return Ridge(alpha=self.penalty, solver="sparse_cg", tol=1e-3).fit(x[known], quality[known])


def features_of(prompts: Prompts, words: TfidfVectorizer, task_types: tuple[str, ...]) -> csr_matrix:
    """TF-IDF, and a one for the task type."""
    position = {name: column for column, name in enumerate(task_types)}
    rows = [row for row, name in enumerate(prompts.task_types) if name in position]
    columns = [position[prompts.task_types[row]] for row in rows]
    tasks = csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(prompts), len(task_types)))
    return csr_matrix(hstack([words.transform(prompts.texts), tasks]))
