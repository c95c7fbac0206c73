"""Two policies on one log: what the one is worth more than the other, and how much of the log says so."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from policies.offpolicy.estimate import Estimate, Estimator, clip_of, estimate, estimate_difference
from policies.offpolicy.log import Floats, Log
from policies.offpolicy.sums import has_evidence, sum_up


@dataclass(frozen=True, slots=True)
class Comparison:
    """A candidate against another policy on the decisions that are evidence for both.

    `moved_share` is the share of all decisions that the candidate would make otherwise, by the probabilities,
    `blind_share` that of the decisions which are evidence for one of them at most. `effective_n_moved` is the effective
    number of the decisions that are made otherwise: the others say nothing of the difference.
    """

    candidate: Estimate
    other: Estimate
    difference: Estimate
    moved_share: float
    blind_share: float
    effective_n_moved: float


def compare(
    log: Log, candidate: Floats, other: Floats, predicted: Floats, *, estimator: Estimator = "dr", seed: int
) -> Comparison:
    """Compare two policies, each (n, m) with the probability of each model, on one outcome of a log."""
    is_evidence = has_evidence(log, candidate) & has_evidence(log, other)
    kept, expected, n_blind = log.at(is_evidence), predicted[is_evidence], int((~is_evidence).sum())
    clip = clip_of(len(kept))
    ours, theirs = (sum_up(kept, policy[is_evidence], expected, clip=clip) for policy in (candidate, other))
    moves = 0.5 * np.abs(candidate - other).sum(axis=1)  # the total variation distance
    is_moved = is_evidence & (moves > 0)
    moved = sum_up(log.at(is_moved), candidate[is_moved], predicted[is_moved], clip=clip)
    return Comparison(
        candidate=replace(estimate(ours, estimator, seed=seed), n_blind=n_blind),
        other=replace(estimate(theirs, estimator, seed=seed), n_blind=n_blind),
        difference=replace(estimate_difference(ours, theirs, estimator, seed=seed), n_blind=n_blind),
        moved_share=float(moves.mean()) if len(log) else 0.0,
        blind_share=n_blind / len(log) if len(log) else 0.0,
        effective_n_moved=moved.effective_n,
    )
