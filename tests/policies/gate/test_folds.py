"""Sums by folds give what all calls give, and older calls make a mean less sure, never more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from policies.gate.folds import FoldSums, cells_of, without_fold
from policies.shrinkage import CellSums, shrink_means

DAY = datetime(2026, 11, 25, tzinfo=UTC)


def sums_of(scores: np.ndarray, weights: np.ndarray, *, model: str = "small", fold: int = 0) -> FoldSums:
    return FoldSums(
        task_type="generate",
        model=model,
        fold=fold,
        n=len(scores),
        n_plain=len(scores),
        weight=float(weights.sum()),
        squares=float((weights**2).sum()),
        quality=float((weights * scores).sum()),
        quality_squares=float((weights * scores**2).sum()),
        cost_weight=float(weights.sum()),
        cost_usd=float(0.002 * weights.sum()),
        latency_weight=float(weights.sum()),
        latency_s=float(1.5 * weights.sum()),
        data_from=DAY,
        data_to=DAY,
    )


def test_without_decay_the_folds_together_are_the_plain_mean_and_variance() -> None:
    rng = np.random.default_rng(0)
    scores = [rng.random(n) for n in (5, 17, 30)]
    (total,) = cells_of([sums_of(part, np.ones(len(part)), fold=fold) for fold, part in enumerate(scores)])
    every = np.concatenate(scores)
    assert (total.sums.n, total.sums.effective_n) == (52, pytest.approx(52))
    assert total.sums.quality == pytest.approx(every.mean())
    assert total.sums.quality_variance == pytest.approx(every.var(ddof=1))
    assert (total.sums.cost_usd, total.sums.latency_s) == (pytest.approx(0.002), pytest.approx(1.5))
    plain = CellSums("generate", "small", 52, every.mean(), every.var(ddof=1), 0.002, 1.5)
    assert shrink_means([total.sums])[0].quality_se == pytest.approx(shrink_means([plain])[0].quality_se)


def test_a_fold_is_held_out_whole() -> None:
    ones, zeros = sums_of(np.ones(10), np.ones(10), fold=0), sums_of(np.zeros(30), np.ones(30), fold=1)
    (rest,) = cells_of(without_fold([ones, zeros], 1))
    assert (rest.sums.n, rest.sums.quality) == (10, 1.0)
    assert cells_of(without_fold([ones], 0)) == ()


def test_a_decayed_mean_is_as_sure_as_its_effective_number_of_calls() -> None:
    scores = np.tile([0.0, 1.0], 200)
    even, uneven = np.ones(400), np.repeat([1.0, 0.1], 200)
    sure, unsure = (shrink_means([cells_of([sums_of(scores, w)])[0].sums])[0] for w in (even, uneven))
    effective = 220**2 / 202
    assert cells_of([sums_of(scores, uneven)])[0].sums.effective_n == pytest.approx(effective)
    assert unsure.quality_se / sure.quality_se == pytest.approx((400 / effective) ** 0.5, rel=0.01)
    assert unsure.n == 400


def test_what_nobody_knows_is_not_nothing() -> None:
    blank = replace(sums_of(np.ones(3), np.ones(3)), cost_weight=0.0, cost_usd=0.0, latency_weight=0.0, latency_s=0.0)
    (total,) = cells_of([blank])
    assert (total.sums.cost_usd, total.has_latency) == (None, False)


def test_one_call_has_no_variance() -> None:
    (total,) = cells_of([sums_of(np.array([0.5]), np.array([1.0]))])
    assert total.sums.quality_variance is None
