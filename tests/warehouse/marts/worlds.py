"""Synthetic batches with known truth: what each model would have cost and given for each item, and draws.

Costs are log-normal, predictions of them off by a factor, predictions of quality by a constant: as the product's are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
MODELS = ("tiny", "small", "medium", "large")
RATES_USD = np.array([1e-5, 3e-5, 1e-4, 3e-4])
SKILLS = np.array([0.5, 0.6, 0.7, 0.8])
N_MODELS = len(MODELS)


@dataclass(frozen=True, slots=True)
class World:
    """One batch: items by models, real and predicted cost and quality, the logger's probabilities and choices."""

    cost: Floats
    quality: Floats
    predicted_cost: Floats
    predicted_quality: Floats
    probability: Floats
    chosen: npt.NDArray[np.int64]

    @property
    def spent(self) -> float:
        """What the logged choices cost."""
        return float(self.of_chosen(self.cost).sum())

    def of_chosen(self, values: Floats) -> Floats:
        """The values of the chosen models."""
        return np.asarray(values[np.arange(len(self.chosen)), self.chosen])

    def baseline_cost(self, baseline: str) -> float:
        """What the batch would have cost under a baseline, in truth."""
        return float((target(baseline) * self.cost).sum())

    def baseline_quality(self, baseline: str) -> float:
        """The mean quality that it would have had."""
        return float((target(baseline) * self.quality).sum(axis=1).mean())


def target(baseline: str) -> Floats:
    """A baseline's probability of each model: predictions rank them as the rates and skills do."""
    if baseline == "random":
        return np.full(N_MODELS, 1 / N_MODELS)
    return np.eye(N_MODELS)[N_MODELS - 1 if baseline == "strongest" else 0]


def draw_world(seed: int, *, n_items: int, greedy_share: float) -> World:
    """A batch logged by taking a favourite with some probability, and any model otherwise; 0 logs uniformly."""
    rng = np.random.default_rng(seed)
    size, shape = rng.lognormal(0, 0.6, n_items), (n_items, N_MODELS)
    hardness = rng.normal(0, 0.15, n_items)
    favourite = rng.integers(0, N_MODELS, n_items)
    probability = np.full(shape, (1 - greedy_share) / N_MODELS)
    probability[np.arange(n_items), favourite] += greedy_share
    return World(
        cost=0.4 * size[:, None] * RATES_USD * rng.lognormal(0, 0.5, shape),
        quality=np.clip(SKILLS + hardness[:, None] + rng.normal(0, 0.1, shape), 0, 1),
        predicted_cost=size[:, None] * RATES_USD,
        predicted_quality=np.tile(SKILLS + 0.1, (n_items, 1)),
        probability=probability,
        chosen=(probability.cumsum(axis=1) > rng.random((n_items, 1))).argmax(axis=1),
    )


def facts_of(world: World, run_id: str) -> dict[str, list[dict[str, object]]]:
    """The facts that a run over the batch would have left."""
    decisions, attempts, scores = [], [], []
    for n, chosen in enumerate(world.chosen):
        ids = {"run_id": run_id, "call_id": f"{run_id}-{n}", "model": MODELS[chosen]}
        candidates = [
            {
                "model": model,
                "eligible": True,
                "reason": "",
                "p_quality": world.predicted_quality[n, place],
                "p_cost_usd": f"{world.predicted_cost[n, place]:.9f}",
            }
            for place, model in enumerate(MODELS)
        ]
        decision = {"decision_id": f"{run_id}-{n}", "propensity": world.probability[n, chosen]}
        decisions.append({**ids, **decision, "candidates": candidates})
        cost = {"cost_usd": f"{world.cost[n, chosen]:.9f}", "cost_source": "provider"}
        attempts.append({**ids, **cost, "attempt_id": f"{run_id}-{n}", "decision_id": f"{run_id}-{n}"})
        call = {"call_id": f"{run_id}-{n}", "score_id": f"{run_id}-{n}"}
        scores.append({**call, "score": f"{world.quality[n, chosen]:.6f}"})
    return {"decisions": decisions, "attempts": attempts, "scores": scores}
