"""Where the predictor knows too little of a request to look at its text, and falls back on means."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from policies.predictor.neighbours import Neighbours
from policies.predictor.observations import Flags, Floats, Singles

MIN_TASK_CALLS = 20.0  # scored calls of a task type, over all models
STRANGEST_SHARE = 0.02  # of the prompts learned from: so far out, a text is strange


@dataclass(frozen=True, slots=True)
class Support:
    """`least_similarity` is what a text needs, as the mean cosine with its closest neighbours."""

    least_similarity: float

    def declines(self, *, similarity: Floats, task_calls: Floats, is_seen: Flags, carries_over: bool) -> Flags:
        """Which of n requests get means alone: strange texts, thin task types, unseen ones if nothing carries over."""
        is_thin = np.where(is_seen, task_calls < MIN_TASK_CALLS, not carries_over)
        return (similarity < self.least_similarity) | is_thin


def fit_support(neighbours: Neighbours) -> Support:
    """The threshold from the reference prompts, each compared with the others."""
    if not len(neighbours.place):
        return Support(np.inf)
    seen: Singles = neighbours.place[:: max(1, len(neighbours.place) // 1000)]
    rows = neighbours.rows[:: max(1, len(neighbours.place) // 1000)]
    return Support(float(np.quantile(neighbours.look(seen, but_rows=rows).similarity, STRANGEST_SHARE)))
