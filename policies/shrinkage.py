"""Means per task type and model, shrunken towards the task type's mean where their support is thin.

Empirical Bayes for the normal means problem: Efron & Morris, "Data analysis using Stein's estimator and its
generalizations", JASA 70 (1975); standard errors after Morris, "Parametric empirical Bayes inference", JASA 78 (1983);
between-model variance by the moments of DerSimonian & Laird, Controlled Clinical Trials 7 (1986).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from policies.types import CellMean

# Two imagined observations at the largest variance that a score in [0, 1] can have: one or a few equal scores are no
# proof of certainty, and a hundred equal ones nearly are.
PRIOR_OBSERVATIONS = 2.0
PRIOR_VARIANCE = 0.25


@dataclass(frozen=True, slots=True)
class CellSums:
    """What the ledger adds up for one task type on one model, over `n` scored calls.

    `quality` is the mean score in [0, 1], `quality_variance` its sample variance (None or 0 for n = 1);
    `cost_usd` and `latency_s` are means per call; the cost of the calls whose cost is known, None where none is.
    Where the quality is no plain mean of scores, `mean_variance` is the variance of the estimate, and `credit` and
    `own_quality` are as `CellMean` has them. Where older calls count less, the mean is worth `effective_n` equal ones.
    """

    task_type: str
    model: str
    n: int
    quality: float
    quality_variance: float | None
    cost_usd: float | None
    latency_s: float
    mean_variance: float | None = None
    credit: float = 0.0
    own_quality: float | None = None
    effective_n: float | None = None

    @property
    def worth_n(self) -> float:
        """How many scored calls of equal weight say as much."""
        return self.n if self.effective_n is None else self.effective_n


def shrink_means(sums: Sequence[CellSums]) -> tuple[CellMean, ...]:
    """Shrink the means of each task type towards each other; ordered by task type and model.

    Empty cells (n = 0) are left out. A task type with one model has nothing to be shrunken towards.
    Raises ValueError for a mean outside [0, 1], a NaN, or a cell that stands twice.
    """
    cells = sorted((cell for cell in sums if cell.n > 0), key=lambda cell: (cell.task_type, cell.model))
    for cell in cells:
        refuse_impossible(cell)
    keys = [(cell.task_type, cell.model) for cell in cells]
    if len(set(keys)) != len(keys):
        raise ValueError("a task type and model stand twice")
    groups = groupby(cells, key=lambda cell: cell.task_type)
    return tuple(mean for _, members in groups for mean in shrink_group(tuple(members)))


def refuse_impossible(cell: CellSums) -> None:
    """Raise ValueError where a cell can't come from scores in [0, 1]."""
    numbers = (cell.quality, cell.quality_variance or 0.0, cell.cost_usd or 0.0, cell.latency_s)
    if not all(math.isfinite(number) and number >= 0 for number in numbers) or cell.quality > 1:
        raise ValueError(f"impossible means for {cell.task_type} on {cell.model}: {numbers}")


def shrink_group(cells: tuple[CellSums, ...]) -> tuple[CellMean, ...]:
    """Shrink the models of one task type: θ̂ᵢ = μ + (1 - Bᵢ)(yᵢ - μ) with Bᵢ = vᵢ / (vᵢ + τ²)."""
    variances = mean_variances(cells)
    if len(cells) == 1:
        return (cell_mean(cells[0], cells[0].quality, math.sqrt(variances[0])),)
    tau2 = between_variance([cell.quality for cell in cells], variances)
    weights = [1 / (v + tau2) for v in variances]
    mu = sum(w * cell.quality for w, cell in zip(weights, cells, strict=True)) / sum(weights)
    means = []
    for cell, v in zip(cells, variances, strict=True):
        b = v / (v + tau2)
        # The second term is the doubt about μ itself, which a cell takes over as far as it leans on μ.
        se = math.sqrt((1 - b) * v + b**2 / sum(weights))
        means.append(cell_mean(cell, mu + (1 - b) * (cell.quality - mu), se))
    return tuple(means)


def mean_variances(cells: tuple[CellSums, ...]) -> list[float]:
    """The variance of each cell's mean: its own where that is known, else by the pooled one of a score."""
    pooled = pooled_variance([cell for cell in cells if cell.mean_variance is None])
    return [pooled / cell.worth_n if cell.mean_variance is None else cell.mean_variance for cell in cells]


def pooled_variance(cells: Sequence[CellSums]) -> float:
    """The variance of one score within a model, pooled over a task type's models with the imagined observations."""
    squares = sum(max(0.0, cell.worth_n - 1) * (cell.quality_variance or 0.0) for cell in cells)
    degrees = sum(max(0.0, cell.worth_n - 1) for cell in cells)
    return (squares + PRIOR_OBSERVATIONS * PRIOR_VARIANCE) / (degrees + PRIOR_OBSERVATIONS)


def between_variance(means: Sequence[float], variances: Sequence[float]) -> float:
    """The variance of the true means, τ² ≥ 0, from how much more the observed ones spread than their errors explain."""
    weights = [1 / v for v in variances]
    total = sum(weights)
    mu = sum(w * y for w, y in zip(weights, means, strict=True)) / total
    q = sum(w * (y - mu) ** 2 for w, y in zip(weights, means, strict=True))
    scale = total - sum(w**2 for w in weights) / total
    return max(0.0, (q - (len(means) - 1)) / scale)


def cell_mean(cell: CellSums, quality: float, quality_se: float) -> CellMean:
    """The cell with its shrunken quality, kept in [0, 1]; cost and latency stay the plain means."""
    bounded = min(1.0, max(0.0, quality))
    return CellMean(
        cell.task_type,
        cell.model,
        cell.n,
        bounded,
        quality_se,
        cell.cost_usd,
        cell.latency_s,
        credit=cell.credit,
        own_quality=cell.own_quality,
    )
