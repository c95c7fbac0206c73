from __future__ import annotations

import math
import random
import statistics
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.shrinkage import CellSums, between_variance, shrink_means


def cell(model: str, n: int, quality: float, variance: float | None = 0.2, *, task_type: str = "generate") -> CellSums:
    return CellSums(task_type, model, n, quality, variance, 0.001, 1.5)


def test_thin_support_is_pulled_further_than_thick() -> None:
    thin, thick, other = shrink_means([cell("a-thin", 4, 0.9), cell("b-thick", 400, 0.9), cell("c", 400, 0.3)])
    assert thin.quality < thick.quality < 0.9
    assert thin.quality_se > thick.quality_se
    assert other.quality > 0.3


def test_equal_means_stay_and_grow_surer_together() -> None:
    a, b = shrink_means([cell("a", 50, 0.6), cell("b", 50, 0.6)])
    alone = shrink_means([cell("a", 50, 0.6)])[0]
    assert a.quality == pytest.approx(0.6)
    assert b.quality == pytest.approx(0.6)
    assert a.quality_se < alone.quality_se


def test_a_lone_model_keeps_its_mean() -> None:
    (only,) = shrink_means([cell("a", 3, 0.5)])
    assert only.quality == 0.5
    assert (only.n, only.cost_usd, only.latency_s) == (3, 0.001, 1.5)


def test_an_unknown_cost_stays_unknown_and_changes_no_quality() -> None:
    known, unknown = cell("a", 5, 0.2), replace(cell("b", 5, 0.4), cost_usd=None)
    means = shrink_means([known, unknown])
    assert [mean.cost_usd for mean in means] == [0.001, None]
    assert [mean.quality for mean in means] == [m.quality for m in shrink_means([known, cell("b", 5, 0.4)])]


@pytest.mark.parametrize("variance", [None, 0.0])
def test_one_perfect_score_is_no_certainty(variance: float | None) -> None:
    (only,) = shrink_means([cell("a", 1, 1.0, variance)])
    assert only.quality_se == pytest.approx(0.5)


def test_task_types_do_not_lean_on_each_other() -> None:
    both = shrink_means([cell("a", 5, 0.2), cell("b", 5, 0.4), cell("a", 9, 0.9, task_type="extract")])
    assert both[1:] == shrink_means([cell("a", 5, 0.2), cell("b", 5, 0.4)])
    assert both[0].quality == 0.9


def test_the_order_of_the_cells_does_not_matter_and_empty_ones_vanish() -> None:
    cells = [cell("b", 5, 0.4), cell("a", 5, 0.2), cell("c", 0, 0.0, None)]
    assert shrink_means(cells) == shrink_means(cells[::-1])
    assert [c.model for c in shrink_means(cells)] == ["a", "b"]
    assert shrink_means([]) == ()


@pytest.mark.parametrize(
    "bad",
    [
        cell("a", 1, math.nan),
        cell("a", 1, 1.1),
        cell("a", 1, -0.1),
        cell("a", 2, 0.5, -1.0),
        cell("a", 2, 0.5, math.inf),
        replace(cell("a", 2, 0.5), cost_usd=-1.0),
        replace(cell("a", 2, 0.5), cost_usd=math.nan),
    ],
)
def test_impossible_means_are_refused(bad: CellSums) -> None:
    with pytest.raises(ValueError, match="impossible"):
        shrink_means([bad])


def test_a_cell_that_stands_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        shrink_means([cell("a", 1, 0.5), cell("a", 2, 0.5)])


def test_between_variance_is_that_of_dersimonian_and_laird() -> None:
    # By hand: weights 1/0.01, mean 0.5, Q = 8, scale = 200 - 100 = 100, (8 - 1) / 100.
    assert between_variance([0.3, 0.7], [0.01, 0.01]) == pytest.approx(0.07)
    assert between_variance([0.5, 0.51], [0.01, 0.01]) == 0.0


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 10_000), st.floats(0, 1), st.floats(0, 0.25)), min_size=1, max_size=8))
def test_means_stay_between_the_extremes_with_a_positive_error(rows: list[tuple[int, float, float]]) -> None:
    means = shrink_means([cell(f"m{i}", n, quality, variance) for i, (n, quality, variance) in enumerate(rows)])
    low, high = min(q for _, q, _ in rows), max(q for _, q, _ in rows)
    for mean in means:
        assert low - 1e-9 <= mean.quality <= high + 1e-9
        assert 0 < mean.quality_se < 1


def test_in_a_world_of_known_truth_shrinking_errs_less_and_the_errors_cover() -> None:
    rng = random.Random(20261125)
    raw, shrunken, covered, n_cells = 0.0, 0.0, 0, 0
    for _ in range(200):
        truths = [min(0.95, max(0.05, rng.gauss(0.6, 0.08))) for _ in range(6)]
        cells = []
        for i, truth in enumerate(truths):
            scores = [float(rng.random() < truth) for _ in range(rng.choice([5, 20, 80]))]
            cells.append(cell(f"m{i}", len(scores), statistics.fmean(scores), statistics.variance(scores)))
        for mean, observed, truth in zip(shrink_means(cells), cells, truths, strict=True):
            raw += (observed.quality - truth) ** 2
            shrunken += (mean.quality - truth) ** 2
            covered += abs(mean.quality - truth) <= 1.96 * mean.quality_se
            n_cells += 1
    assert shrunken < 0.5 * raw
    assert 0.80 < covered / n_cells < 0.99
