"""What scored calls add up to by task type, model and fold of items, and the cells that some folds alone would give.

Older calls count less: one of age a has the weight 2^(-a / half-life). The effective number of calls is (Σw)² / Σw²
(Kish, Survey Sampling, 1965), from which the standard error of the decayed mean follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from policies.shrinkage import CellSums

N_FOLDS = 10  # so that what is judged was fitted to nearly as much as what will route


@dataclass(frozen=True, slots=True)
class FoldSums:
    """The scored calls of one task type on one model whose items are of one fold.

    Of `n` calls `n_plain` have a quality that no final score is credited to: `weight` Σw, `squares` Σw², `quality` Σwq
    and `quality_squares` Σwq² are of these. `cost_weight` and `latency_weight` are Σw of all calls whose cost (USD) and
    latency (seconds) is known, `cost_usd` and `latency_s` the sums, None where none is.
    """

    task_type: str
    model: str
    fold: int
    n: int
    n_plain: int
    weight: float
    squares: float
    quality: float
    quality_squares: float
    cost_weight: float
    cost_usd: float
    latency_weight: float
    latency_s: float
    data_from: datetime
    data_to: datetime

    @property
    def key(self) -> tuple[str, str]:
        """The cell."""
        return self.task_type, self.model


SUMMED = tuple(
    field.name for field in fields(FoldSums) if field.name not in {"task_type", "model", "fold", "data_from", "data_to"}
)


@dataclass(frozen=True, slots=True)
class CellTotal:
    """One cell over some folds: what its plain scores say, and whether its latency is known (else it is 0 here)."""

    sums: CellSums
    has_latency: bool


def cells_of(sums: Iterable[FoldSums]) -> tuple[CellTotal, ...]:
    """Each cell over all of its sums, in the order of task types and models."""
    found: dict[tuple[str, str], list[FoldSums]] = {}
    for one in sums:
        found.setdefault(one.key, []).append(one)
    return tuple(total_of(key, found[key]) for key in sorted(found))


def without_fold(sums: Iterable[FoldSums], fold: int) -> tuple[FoldSums, ...]:
    """The sums of the items of the other folds."""
    return tuple(one for one in sums if one.fold != fold)


def total_of(key: tuple[str, str], sums: Sequence[FoldSums]) -> CellTotal:
    """One cell from its folds."""
    total = {name: sum(getattr(one, name) for one in sums) for name in SUMMED}
    mean, variance, effective_n = moments(total["weight"], total["squares"], total["quality"], total["quality_squares"])
    cell = CellSums(
        *key,
        n=int(total["n_plain"]),
        quality=mean,
        quality_variance=variance,
        cost_usd=total["cost_usd"] / total["cost_weight"] if total["cost_weight"] else None,
        latency_s=total["latency_s"] / total["latency_weight"] if total["latency_weight"] else 0.0,
        effective_n=effective_n or None,
    )
    return CellTotal(cell, total["latency_weight"] > 0)


def moments(weight: float, squares: float, quality: float, quality_squares: float) -> tuple[float, float | None, float]:
    """Weighted mean, sample variance (None for one effective call or fewer) and the effective number of calls."""
    if not weight:
        return 0.0, None, 0.0
    mean, n = quality / weight, weight**2 / squares
    if n <= 1:
        return min(1.0, max(0.0, mean)), None, n
    variance = max(0.0, quality_squares / weight - mean**2) * n / (n - 1)
    return min(1.0, max(0.0, mean)), variance, n
