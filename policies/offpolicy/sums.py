"""What the estimates need of a policy on a log, added up in groups of items; sums of parts add up to the whole's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from policies.offpolicy.log import Bools, Codes, Floats, Log

N_GROUPS = 200


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Of each of g groups of items, (g,): over the decisions that are evidence for the policy.

    `n` decisions, `weight` Σ w, `squares` Σ w², `weighed` Σ w·r, `direct` Σ q̂(x, π), `correction` Σ w·(r - q̂(x, a)),
    where w = π(a | x) / p(a | x), at most the clip, over the share of outcomes that is known, and 0 where it is not.
    `n_blind` decisions are no evidence: the policy might choose what the log never could. `n_clipped` had a larger w.
    """

    n: Floats
    weight: Floats
    squares: Floats
    weighed: Floats
    direct: Floats
    correction: Floats
    n_blind: Floats
    n_clipped: Floats

    @property
    def effective_n(self) -> float:
        """(Σ w)² / Σ w² (Kish, Survey Sampling, 1965); 0 without evidence."""
        squares = float(self.squares.sum())
        return float(self.weight.sum()) ** 2 / squares if squares else 0.0

    def __add__(self, other: Sums) -> Sums:
        return Sums(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


def sum_up(log: Log, target: Floats, predicted: Floats, *, clip: float) -> Sums:
    """Add up a policy's evidence.

    `target` (n, m) is the probability with which the policy chooses each model, `predicted` (n, m) the outcome that is
    expected of each (of other rows than itself: `direct.cross_fit`).
    """
    rows, chosen = np.arange(len(log)), log.chosen
    is_evidence = has_evidence(log, target)
    ratios = target[rows, chosen] / log.propensity
    weights = np.where(log.is_known & is_evidence, np.minimum(ratios, clip) / log.seen_rate, 0.0)
    outcomes = np.nan_to_num(log.outcome)
    columns = (
        is_evidence,
        weights,
        weights**2,
        weights * outcomes,
        np.where(is_evidence, (target * predicted).sum(axis=1), 0.0),
        weights * (outcomes - predicted[rows, chosen]),
        ~is_evidence,
        is_evidence & (ratios > clip),
    )
    groups = group_items(log.item)
    return Sums(*(np.bincount(groups, column, minlength=N_GROUPS).astype(np.float64) for column in columns))


def has_evidence(log: Log, target: Floats) -> Bools:
    """Where every model that a policy may choose had a chance in the log, (n,).

    It depends on the request alone, not on what was drawn or came of it, so that leaving the others out tilts nothing:
    the estimates are of the policy's worth on these requests.
    """
    is_unseen: Bools = np.any((target > 0) & ~log.is_possible, axis=1)
    return ~is_unseen


def group_items(item: Codes) -> Codes:
    """Each row's group in [0, `N_GROUPS`), the same for all rows of an item: by a multiplicative hash of its number.

    Fibonacci hashing: Knuth, The Art of Computer Programming 3, §6.4.
    """
    hashed = (item.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32)
    groups: Codes = (hashed % np.uint64(N_GROUPS)).astype(np.int64)
    return groups
