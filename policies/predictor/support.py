"""Where the predictor knows too little of a request to look at its text, and falls back on means."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from policies.predictor.neighbours import Neighbours
from policies.predictor.observations import Flags, Floats

MIN_TASK_CALLS = 20.0  # scored calls of a task type, over all models
MOST_COMPARED = 1_000  # reference prompts, to find what is strange
THIN_CALLS = 30.0  # scored calls of a model, below which a task type is no reason to leave the generally best one
BEHIND = 1e-6
STRANGEST_SHARE = 0.02  # of the prompts learned from: so far out, a text is strange


@dataclass(frozen=True, slots=True)
class Support:
    """What a text needs as its mean cosine with its closest neighbours: `seen_similarity` in a task type that is known,
    `unseen_similarity` in another one."""

    seen_similarity: float
    unseen_similarity: float

    def declines(self, *, similarity: Floats, task_calls: Floats, is_seen: Flags, carries_over: bool) -> Flags:
        """Which of n requests get means alone: strange texts, thin task types, unseen ones if nothing carries over."""
        is_thin = np.where(is_seen, task_calls < MIN_TASK_CALLS, not carries_over)
        is_strange = similarity < np.where(is_seen, self.seen_similarity, self.unseen_similarity)
        return is_strange | is_thin


def fit_support(neighbours: Neighbours) -> Support:
    """The thresholds from some reference prompts, each compared with the others, and with those of other task types."""
    step = max(1, len(neighbours.place) // MOST_COMPARED)
    place, rows, tasks = neighbours.place[::step].astype(float), neighbours.rows[::step], neighbours.tasks[::step]
    if not len(place):
        return Support(np.inf, np.inf)
    seen = neighbours.look(place, but_rows=rows).similarity
    unseen = neighbours.look(place, but_tasks=tasks).similarity
    return Support(float(np.quantile(seen, STRANGEST_SHARE)), float(np.quantile(unseen, STRANGEST_SHARE)))


def hold_back(quality: Floats, task_calls: Floats, *, best: int) -> Floats:
    """Quality (n, m) in which, where support is thin, no model overtakes column `best`, the best over all task types.

    A switch on a handful of calls is a bet on one cell, and of many such bets those are taken that look best: they are
    the luckiest ones, not the best (Smith & Winkler, "The optimizer's curse", Management Science 52, 2006).
    """
    is_thin = task_calls.max(axis=1, initial=0.0) < THIN_CALLS
    held = np.minimum(quality, np.maximum(quality[:, [best]] - BEHIND, 0))
    held[:, best] = quality[:, best]
    return np.where(is_thin[:, None], held, quality)
