"""What each model of each step adds to the final score, the models of the other steps taken out.

The final score of an item is taken as a sum of main effects, one for each step's model (analysis of variance without
interactions: Searle, Casella & McCulloch, "Variance components", 1992), F = μ + Σₛ α(s, m) + ε. A model's part of it is
what is left after what the others' models explain: a difference reward (Wolpert & Tumer, "Optimal payoff functions for
members of collectives", 2001), whose counterfactual is not another run but the fit.

The plain mean of the final scores of a model's calls has the other steps' models in it: where one rule picks the large
model for two steps at once, each is paid for both. The effects are random ones, α ~ N(0, τ²), estimated by Henderson's
mixed-model equations (Biometrics 31, 1975), which is ridge with σ² / τ²; τ² is the largest variance that scores in
[0, 1] can have, so that only what the data can't tell apart is shrunken. What always goes together is parted equally,
and the standard errors say that it is a guess. The equations need how often two models served two steps of one item,
and sums, whatever the number of items.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from policies.allocation.arrays import Floats
from policies.shrinkage import PRIOR_OBSERVATIONS, PRIOR_VARIANCE

N_ROUNDS = 5  # of estimating the residual variance; it changes little after the second


class Level(NamedTuple):
    """One model in one step, for requests of one task type."""

    step: str
    task_type: str
    model: str


@dataclass(frozen=True, slots=True)
class CoServed:
    """How many items with a final score two models served, each its step; each unordered pair once.

    `total` and `squares` are the sums of the final scores in [0, 1] and of their squares; a model is also paired with
    itself, which counts its own items.
    """

    one: Level
    other: Level
    n: int
    total: float
    squares: float


class Estimate(NamedTuple):
    """An expected score with the variance of its error."""

    mean: float
    variance: float


def main_effects(pairs: Sequence[CoServed], *, final_step: str) -> Mapping[Level, Estimate]:
    """What the mean final score would be if a model served all items of its step, and the others were as they were.

    Every item with a final score was served at `final_step`, by whose pairs the items are counted. Nothing for no
    pairs. Time is cubic in the number of levels, memory quadratic.
    """
    levels = sorted({pair.one for pair in pairs})
    if not levels:
        return {}
    counts, totals, squares = equations(pairs, levels, final_step=final_step)
    coefficients, covariance = solve(counts, totals, squares)
    shares = counts[0, 1:] / counts[0, 0]
    found = {}
    for number, level in enumerate(levels):
        is_other = np.array([other.step != level.step for other in levels])
        mix = np.concatenate([[1.0], np.where(is_other, shares, 0.0)])
        mix[1 + number] = 1.0
        found[level] = Estimate(float(mix @ coefficients), float(mix @ covariance @ mix))
    return found


def equations(pairs: Sequence[CoServed], levels: Sequence[Level], *, final_step: str) -> tuple[Floats, Floats, float]:
    """X'X and X'y, the intercept first, and y'y."""
    numbers = {level: 1 + number for number, level in enumerate(levels)}
    counts, totals, squares = np.zeros((1 + len(levels),) * 2), np.zeros(1 + len(levels)), 0.0
    for pair in pairs:
        one, other = numbers[pair.one], numbers[pair.other]
        counts[one, other] = counts[other, one] = pair.n
        if one != other:
            continue
        counts[0, one] = counts[one, 0] = pair.n
        totals[one] = pair.total
        if pair.one.step == final_step:
            counts[0, 0] += pair.n
            totals[0] += pair.total
            squares += pair.squares
    return counts, totals, squares


def solve(counts: Floats, totals: Floats, squares: float) -> tuple[Floats, Floats]:
    """The coefficients and the covariance of their errors; the intercept is not shrunken."""
    n = counts[0, 0]
    penalised = np.diag([0.0, *np.ones(len(totals) - 1)])
    variance = squares / n - (totals[0] / n) ** 2 + PRIOR_OBSERVATIONS * PRIOR_VARIANCE / n
    coefficients, inverse = np.zeros(len(totals)), np.zeros_like(counts)
    for _ in range(N_ROUNDS):
        inverse = np.linalg.inv(counts + penalised * (variance / PRIOR_VARIANCE))
        coefficients = inverse @ totals
        residual = squares - 2 * coefficients @ totals + coefficients @ counts @ coefficients
        degrees = max(0.0, n - float(np.trace(inverse @ counts)))
        imagined = PRIOR_OBSERVATIONS * PRIOR_VARIANCE
        variance = (max(0.0, float(residual)) + imagined) / (degrees + PRIOR_OBSERVATIONS)
    return coefficients, variance * inverse
