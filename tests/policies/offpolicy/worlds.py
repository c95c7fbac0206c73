"""Synthetic worlds in which the worth of every policy is known: five task types, four models, items of their own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from policies.offpolicy.log import Codes, Floats, Log, seen_rates

N_TASKS, N_MODELS = 5, 4
STRENGTHS = (0.45, 0.55, 0.62, 0.68)
SCORED = (0.4, 0.6, 0.8, 1.0)  # the share of a model's calls that somebody judges: not the same of each
ITEM_SPREAD = 0.2
QUADRATURE = np.polynomial.hermite_e.hermegauss(40)


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """`means` (tasks, models) before the item's own ease, a normal of deviation `ITEM_SPREAD`, is added."""

    means: Floats
    greedy: Codes

    def worth(self, policy: Floats) -> float:
        """The true expected outcome of a policy (tasks, models), each task type being as frequent."""
        nodes, weights = QUADRATURE
        likely = np.clip(self.means[..., None] + ITEM_SPREAD * nodes, 0, 1) @ (weights / weights.sum())
        return float((policy * likely).sum(axis=1).mean())


@dataclass(frozen=True, slots=True, eq=False)
class Logged:
    """A log with what only its world knows: each row's task type and the logging policy's probabilities."""

    log: Log
    task: Codes
    probabilities: Floats


def make_world(seed: int) -> World:
    """A world whose logging policy has an opinion of its own of which model is best for a task type."""
    rng = np.random.default_rng(seed)
    means = np.array(STRENGTHS) + rng.normal(0, 0.08, (N_TASKS, N_MODELS))
    return World(means, rng.integers(N_MODELS, size=N_TASKS))


def make_log(
    world: World, n: int, *, seed: int, epsilon: float = 0.2, calls_per_item: int = 1, is_scored_partly: bool = False
) -> Logged:
    """Log n calls of an ε-greedy policy; the calls of an item share its ease."""
    rng = np.random.default_rng((seed, 1))  # another stream than the world's own
    item = np.arange(n) // calls_per_item
    task = rng.integers(N_TASKS, size=n)
    ease = rng.normal(0, ITEM_SPREAD, item.max() + 1)[item]
    probabilities = one_hot(world.greedy)[task] * (1 - epsilon) + epsilon / N_MODELS
    chosen = (probabilities.cumsum(axis=1) < rng.random(n)[:, None]).sum(axis=1).clip(max=N_MODELS - 1)
    rows = np.arange(n)
    likely = np.clip(world.means[task, chosen] + ease, 0, 1)
    outcome = (rng.random(n) < likely).astype(float)
    if is_scored_partly:
        outcome[rng.random(n) > np.array(SCORED)[chosen]] = np.nan
    rate = seen_rates(task * N_MODELS + chosen, ~np.isnan(outcome))
    log = Log(chosen, probabilities[rows, chosen], probabilities > 0, outcome, rate, item)
    return Logged(log, task, probabilities)


def one_hot(models: Codes) -> Floats:
    """Policies that choose one model for each task type, (tasks, models)."""
    return np.eye(N_MODELS)[models]


def best_policy(world: World) -> Floats:
    """The policy that knows the world."""
    return one_hot(world.means.argmax(axis=1))
