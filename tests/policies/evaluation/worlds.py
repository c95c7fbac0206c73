"""Small tables whose figures can be worked out by hand, and random ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from policies.evaluation.outcomes import Floats, Outcomes
from policies.evaluation.prompts import Prompts
from policies.evaluation.table import OutcomeTable


def make_prompts(task_types: Sequence[str]) -> Prompts:
    """A prompt of each task type given."""
    ids = tuple(f"q{number:04d}" for number in range(len(task_types)))
    return Prompts(ids, tuple(task_types), tuple(f"{task} number {i}" for task, i in zip(task_types, ids, strict=True)))


def make_table(
    quality: Sequence[Sequence[float]] | Floats,
    cost_usd: Sequence[Sequence[float]] | Floats,
    *,
    task_types: Sequence[str] | None = None,
    latency_s: Floats | None = None,
    parameters_m: Sequence[float] | None = None,
) -> OutcomeTable:
    """A table of models a, b, …; nobody can write into its arrays."""
    q, c = np.array(quality, dtype=np.float64), np.array(cost_usd, dtype=np.float64)
    models = tuple("abcdefgh"[: q.shape[1]])
    sizes = np.full(len(models), np.nan) if parameters_m is None else np.array(parameters_m, dtype=np.float64)
    for array in (q, c, sizes):
        array.flags.writeable = False
    return OutcomeTable(make_prompts(task_types or ["task"] * len(q)), Outcomes(models, q, c, None, latency_s), sizes)


def random_table(seed: int, *, n: int = 60, m: int = 3) -> OutcomeTable:
    """Two task types on which other models are good; costs grow with the column."""
    rng = np.random.default_rng(seed)
    task_types = ["odd" if row % 2 else "even" for row in range(n)]
    ability = rng.random((2, m))
    quality = (rng.random((n, m)) < ability[np.arange(n) % 2]).astype(np.float64)
    cost_usd = (np.arange(1, m + 1) ** 2) * rng.uniform(0.9, 1.1, (n, 1)) * 1e-4
    return make_table(quality, cost_usd, task_types=task_types)
