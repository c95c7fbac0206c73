"""Synthetic worlds with known truth: task types, models, and texts that may or may not tell how hard they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from policies.predictor.observations import Floats, Observations

MODELS = ("small", "large", "odd")
TASKS = ("sum", "write", "plan", "name")
WORDS = ("lake", "stone", "river", "cloud", "field", "house", "bread", "train", "paper", "glass", "wheel", "chair")
TELLING = "theorem"  # with it, `small` fails more often and `odd` less


@dataclass(frozen=True, slots=True)
class World:
    """Texts with their task types, the true mean quality (n, m) of each, and one drawn outcome of each."""

    texts: tuple[str, ...]
    task_types: tuple[str, ...]
    truth: Floats
    quality: Floats

    def observations(self, rows: slice | np.ndarray = slice(None), **columns: Floats) -> Observations:
        """What is seen of some rows."""
        picked = np.arange(len(self.texts))[rows]
        return Observations(
            texts=tuple(self.texts[i] for i in picked),
            task_types=tuple(self.task_types[i] for i in picked),
            models=MODELS,
            quality=columns.pop("quality", self.quality[picked]),
            **columns,
        )


def make_world(n: int, *, effect: float, seed: int = 0) -> World:
    """n prompts; `effect` is by how much the telling word moves `small` down and `odd` up."""
    rng = np.random.default_rng(seed)
    means = np.array([[0.5, 0.7, 0.3], [0.6, 0.65, 0.45], [0.35, 0.75, 0.4], [0.7, 0.72, 0.5]])
    tasks = rng.integers(len(TASKS), size=n)
    telling = rng.random(n) < 0.5
    texts = [" ".join(rng.choice(WORDS, size=12)) + (f" {TELLING}" if t else " plain") for t in telling]
    sign = np.where(telling, 1.0, -1.0)[:, None] * np.array([-1.0, 0.0, 1.0]) * effect / 2
    truth = np.clip(means[tasks] + sign, 0, 1)
    quality = (rng.random(truth.shape) < truth).astype(float)
    return World(tuple(texts), tuple(TASKS[t] for t in tasks), truth, quality)
