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
    kept = rows_of(log, is_evidence)
    pair = candidate[is_evidence], other[is_evidence]
    ours, theirs = (sum_up(kept, policy, predicted[is_evidence], clip=clip_of(len(kept))) for policy in pair)
    moves = 0.5 * np.abs(candidate - other).sum(axis=1)  # the total variation distance
    n_blind = len(log) - len(kept)
    moved = rows_of(kept, moves[is_evidence] > 0)
    targets = pair[0][moves[is_evidence] > 0]
    of_moved = sum_up(moved, targets, np.zeros_like(targets), clip=clip_of(len(kept)))
    return Comparison(
        candidate=with_blind(estimate(ours, estimator, seed=seed), n_blind),
        other=with_blind(estimate(theirs, estimator, seed=seed), n_blind),
        difference=with_blind(estimate_difference(ours, theirs, estimator, seed=seed), n_blind),
        moved_share=float(moves.mean()) if len(log) else 0.0,
        blind_share=n_blind / len(log) if len(log) else 0.0,
        effective_n_moved=effective_n(of_moved.weight.sum(), of_moved.squares.sum()),
    )


def rows_of(log: Log, rows: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Log:
    """The log of some rows."""
    return Log(
        log.chosen[rows],
        log.propensity[rows],
        log.is_possible[rows],
        log.outcome[rows],
        log.seen_rate[rows],
        log.item[rows],
    )


def with_blind(found: Estimate, n_blind: int) -> Estimate:
    """The estimate with the number of decisions that are no evidence for the comparison."""
    return replace(found, n_blind=n_blind)


def effective_n(weight: float, squares: float) -> float:
    """(Σ w)² / Σ w²; 0 without evidence."""
    return float(weight**2 / squares) if squares else 0.0
