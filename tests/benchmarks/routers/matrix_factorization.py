"""Matrix factorisation as in RouteLLM: a bilinear score of model and prompt, learned from which of two models won.

Ong et al., "RouteLLM: learning to route LLMs with preference data" (2024), §4.2, and its code (lm-sys/RouteLLM,
routellm/routers/matrix_factorization): δ(m, x) = w · (v̂_m ⊙ W x), with v̂_m of length 1; P(m beats k) is the logistic of
δ(m, x) - δ(k, x); 128 dimensions; Adam with weight decay; noise on the prompts' vectors while it learns; ties are left
out. The prompts' vectors are the local encoder's, as all peers', in the place of OpenAI's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from policies.evaluation.costs import FittedCosts, fit_costs
from policies.evaluation.groups import known_means
from policies.evaluation.outcomes import Floats, Outcomes, Rows
from policies.evaluation.prompts import Prompts
from policies.evaluation.router import Predictions
from policies.evaluation.task_means import IGNORANCE
from tests.benchmarks.routers.features import Features, features_for

DIMENSIONS = 128
BATCH = 256
RATE, DECAY, NOISE = 2e-3, 1e-5, 0.05
BETAS, EPSILON = (0.9, 0.999), 1e-8
Singles: TypeAlias = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Which model won against which, on which prompt: each (pairs,)."""

    rows: Rows
    winners: Rows
    losers: Rows

    def __len__(self) -> int:
        return len(self.rows)

    def at(self, some: Rows) -> Pairs:
        return Pairs(self.rows[some], self.winners[some], self.losers[some])


@dataclass(frozen=True, slots=True)
class Factors:
    """Models (m, d), the projection of prompts (features, d), and the weights of the dimensions (d,)."""

    models: Singles
    projection: Singles
    weights: Singles

    def scores(self, vectors: Floats) -> Floats:
        """δ of every model on every prompt, (n, m)."""
        return np.float64(vectors @ self.projection) @ (unit(self.models) * self.weights).T


@dataclass(frozen=True, slots=True)
class FittedFactors:
    """The factors, with what turns win rates into qualities.

    A model is better than the mean of all by the mean over the others of (share of decided pairs) × (2 P(win) - 1).
    """

    features: Features
    factors: Factors | None
    decided: Floats
    overall: Floats
    costs: FittedCosts

    def predict(self, prompts: Prompts) -> Predictions:
        """Qualities from win rates; the models' means where no pair was known."""
        quality = np.tile(self.overall, (len(prompts), 1))
        if self.factors is not None:
            scores = self.factors.scores(self.features.of(prompts))
            for column in range(len(self.overall)):
                edge = np.tanh((scores[:, [column]] - scores) / 2)  # 2 P(win) - 1
                quality[:, column] = self.overall.mean() + (edge * self.decided[column]).mean(axis=1)
        return Predictions(quality, self.costs.predict(prompts))


@dataclass(frozen=True, slots=True)
class FactorizationRouter:
    """RouteLLM's matrix factorisation; `n_steps` batches are learned from.

    As many as were best on a part of the half learned from, of seed 100: on GSM8K; on MMLU 40 to 600 were the same.
    """

    n_steps: int = 150

    @property
    def name(self) -> str:
        return "matrix factorisation"

    def fit(self, prompts: Prompts, outcomes: Outcomes, *, seed: int) -> FittedFactors:
        """Learn from every pair of models of which one was better; a log has no pairs, and so teaches means alone."""
        features = features_for(prompts)
        overall, costs = known_means(outcomes.quality, default=IGNORANCE), fit_costs(prompts, outcomes)
        pairs = decided_pairs(outcomes.quality)
        decided = shares_decided(outcomes.quality)
        if not len(pairs):
            return FittedFactors(features, None, decided, overall, costs)
        rng = np.random.default_rng(seed)
        with threadpool_limits(1):  # the matrices are small: threads would wait for each other
            factors = learn(features.of(prompts), pairs, n_models=len(overall), n_steps=self.n_steps, rng=rng)
        return FittedFactors(features, factors, decided, overall, costs)


def decided_pairs(quality: Floats) -> Pairs:
    """Every ordered pair of models of which the first was better, prompt by prompt."""
    rows, winners, losers = np.nonzero(quality[:, :, None] > quality[:, None, :])  # NaN is greater than nothing
    return Pairs(rows, winners, losers)


def shares_decided(quality: Floats) -> Floats:
    """Of the prompts that both models answered, the mean gap between them where one was better, (m, m)."""
    gaps = np.abs(quality[:, :, None] - quality[:, None, :])
    known = ~np.isnan(gaps)
    return np.nansum(gaps, axis=0) / np.maximum(known.sum(axis=0), 1)


def learn(vectors: Floats, pairs: Pairs, *, n_models: int, n_steps: int, rng: np.random.Generator) -> Factors:
    """Adam on the mean logistic loss of the pairs."""
    inputs = vectors.astype(np.float32)
    n_features = inputs.shape[1]
    factors = Factors(
        rng.standard_normal((n_models, DIMENSIONS), dtype=np.float32),
        drawn(rng, (n_features, DIMENSIONS)),
        drawn(rng, (DIMENSIONS, 1))[:, 0],
    )
    parts = [factors.models, factors.projection, factors.weights]
    moments = [(np.zeros_like(part), np.zeros_like(part)) for part in parts]
    for step in range(1, n_steps + 1):
        batch = pairs.at(rng.integers(len(pairs), size=(BATCH,), dtype=np.intp))
        noisy = inputs[batch.rows] + np.float32(NOISE) * rng.standard_normal((BATCH, n_features), dtype=np.float32)
        for part, (mean, square), slope in zip(parts, moments, gradient(factors, noisy, batch), strict=True):
            adam(part, slope + DECAY * part, mean=mean, square=square, step=step)
    return factors


def drawn(rng: np.random.Generator, shape: tuple[int, int]) -> Singles:
    """Where a linear layer starts: uniform within ± 1/√inputs."""
    return ((2 * rng.random(shape, dtype=np.float32) - 1) / np.float32(np.sqrt(shape[0]))).astype(np.float32)


def gradient(factors: Factors, vectors: Singles, pairs: Pairs) -> tuple[Singles, Singles, Singles]:
    """Of the mean of log(1 + exp(δ(loser) - δ(winner))) by each of the factors."""
    lengths = np.linalg.norm(factors.models, axis=1, keepdims=True)
    units = factors.models / lengths
    projected = vectors @ factors.projection
    gap = units[pairs.winners] - units[pairs.losers]
    margin = (gap * projected) @ factors.weights
    pull = (-1 / (1 + np.exp(np.clip(margin, -30, 30))) / len(pairs))[:, None]  # dloss/dmargin
    toward = pull * projected * factors.weights
    numbers = np.arange(len(units))[:, None]
    by_unit = ((numbers == pairs.winners).astype(np.float32) - (numbers == pairs.losers)) @ toward
    by_model = (by_unit - units * (by_unit * units).sum(axis=1, keepdims=True)) / lengths
    by_projection = vectors.T @ (pull * gap * factors.weights)
    return by_model, by_projection, (pull * gap * projected).sum(axis=0)


def adam(part: Singles, slope: Singles, *, mean: Singles, square: Singles, step: int) -> None:
    """One step of Kingma & Ba, "Adam" (2015), in place: the parts are this fit's own."""
    mean *= BETAS[0]
    mean += (1 - BETAS[0]) * slope
    square *= BETAS[1]
    square += (1 - BETAS[1]) * slope**2
    part -= RATE * (mean / (1 - BETAS[0] ** step)) / (np.sqrt(square / (1 - BETAS[1] ** step)) + EPSILON)


def unit(rows: Singles) -> Singles:
    """Rows of length 1."""
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)
