"""What all peers see of a prompt: a local sentence encoder's vector and the task type, the same for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from policies.evaluation.outcomes import Floats
from policies.evaluation.prompts import Prompts
from tasks.embeddings import embedded

TASK_WEIGHT = 0.5  # length of the part that says the task type, beside the text's vector of length 1


@dataclass(frozen=True, slots=True)
class Features:
    """Vectors of prompts; task types that it was not made for are all zeros."""

    task_types: tuple[str, ...]

    def of(self, prompts: Prompts) -> Floats:
        """(n, dimensions + task types), each row of length 1."""
        position = {name: column for column, name in enumerate(self.task_types)}
        tasks = np.zeros((len(prompts), len(self.task_types)))
        for row, name in enumerate(prompts.task_types):
            if name in position:
                tasks[row, position[name]] = TASK_WEIGHT
        both = np.hstack([encoded(prompts.texts), tasks])
        return both / np.maximum(np.linalg.norm(both, axis=1, keepdims=True), 1e-12)


def features_for(prompts: Prompts) -> Features:
    """Features that know the task types of these prompts."""
    return Features(tuple(sorted(set(prompts.task_types))))


def encoded(texts: Sequence[str]) -> Floats:
    """The vectors of texts, each encoded once in this process."""
    return embedded(texts).astype(np.float64)
