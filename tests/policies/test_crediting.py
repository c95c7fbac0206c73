"""The quality of a step's models with the final score in it: both parts, one alone, refusals, and what is unknown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from policies.crediting import Credited, CreditSums, add_credited, credit_step
from policies.main_effects import Estimate, Level
from policies.shrinkage import PRIOR_VARIANCE, CellSums, shrink_means

SMALL, LARGE = Level("rewrite", "rewrite", "small"), Level("rewrite", "rewrite", "large")
EFFECTS = {SMALL: Estimate(0.4, 0.0004), LARGE: Estimate(0.7, 0.0009)}
SUMS = CreditSums(SMALL, 0.5, 100, 0, 100, 0.9, 0.09)


def credit(*sums: CreditSums, effects: dict[Level, Estimate] = EFFECTS) -> list[Credited]:
    return list(credit_step(sums, effects))


def test_where_both_are_known_the_weight_says_how_much_each_counts() -> None:
    small, large = credit(SUMS, replace(SUMS, level=LARGE, own_quality=0.8, weight=0.25))
    assert (small.quality.mean, small.credit) == (pytest.approx(0.5 * 0.9 + 0.5 * 0.4), 0.5)
    assert (large.quality.mean, large.credit) == (pytest.approx(0.75 * 0.8 + 0.25 * 0.7), 0.25)
    assert small.own is not None
    assert small.own.mean == 0.9


def test_a_step_without_scores_of_its_own_has_the_final_ones_with_the_weight_as_evidence() -> None:
    bare = replace(SUMS, n_own=0, own_quality=None, own_variance=None)
    (only,) = credit(bare)
    assert (only.quality.mean, only.credit, only.own) == (pytest.approx(0.4), 1.0, None)
    assert only.quality.variance == pytest.approx(0.0004 / 0.5)
    (sure,) = credit(replace(bare, weight=1.0))
    assert sure.quality.variance == pytest.approx(0.0004)


@pytest.mark.parametrize("sums", [SUMS, replace(SUMS, weight=1.0)])
def test_without_final_scores_the_own_ones_count_alone(sums: CreditSums) -> None:
    (only,) = credit(sums, effects={})
    assert (only.quality.mean, only.credit) == (0.9, 0.0)


def test_a_model_without_final_scores_yet_is_not_better_for_it() -> None:
    """Own scores are high throughout: to take them alone for one model would put it before all others."""
    small, large = credit(SUMS, replace(SUMS, level=LARGE), effects={SMALL: EFFECTS[SMALL]})
    assert large.quality.mean == pytest.approx(small.quality.mean)
    assert large.quality.variance > 0.5**2 * PRIOR_VARIANCE > small.quality.variance


def test_a_model_that_nobody_judged_where_others_were_has_the_steps_mean() -> None:
    _, large = credit(SUMS, CreditSums(LARGE, 0.5, 10, 0, 0, None, None))
    assert large.quality.mean == pytest.approx(0.5 * 0.9 + 0.5 * 0.7)
    assert large.own is None


def test_refused_answers_lead_to_no_final_one() -> None:
    bare = replace(SUMS, weight=1.0, n_own=0, own_quality=None, own_variance=None, n_refused=25)
    (only,) = credit(bare)
    assert only.quality.mean == pytest.approx(0.75 * 0.4)
    assert only.quality.variance > 0.75**2 * 0.0004


def test_what_nobody_knows_anything_of_is_left_out() -> None:
    assert credit(CreditSums(SMALL, 0.5, 10, 0, 0, None, None), effects={}) == []
    assert credit(CreditSums(SMALL, 0.5, 10, 0, 0, None, None), effects={LARGE: EFFECTS[LARGE]}) == []


def test_a_cell_counts_each_step_by_its_answers_and_says_how_much_is_credited() -> None:
    plain = CellSums("rewrite", "small", 300, 0.8, 0.1, 0.002, 1.5)
    (credited,) = credit(SUMS)
    cell = add_credited(plain, [credited])
    assert (cell.n, cell.quality) == (400, pytest.approx((300 * 0.8 + 100 * 0.65) / 400))
    assert (cell.credit, cell.own_quality) == (pytest.approx(0.125), pytest.approx((300 * 0.8 + 100 * 0.9) / 400))
    assert (cell.cost_usd, cell.latency_s) == (0.002, 1.5)
    alone = add_credited(replace(plain, n=0, quality=0.0), [credited])
    assert (alone.n, alone.quality, alone.credit) == (100, pytest.approx(0.65), 0.5)


def test_a_credited_cell_is_shrunken_by_its_own_error_and_leaves_the_others_as_they_were() -> None:
    plain = [CellSums("rewrite", name, 50, quality, 0.1, None, 1.0) for name, quality in (("a", 0.5), ("b", 0.7))]
    unsure = CellSums("rewrite", "c", 50, 0.1, None, None, 1.0, mean_variance=0.2, credit=1.0)
    sure = replace(unsure, mean_variance=1e-6)
    assert shrink_means([*plain, unsure])[2].quality > shrink_means([*plain, sure])[2].quality
    (same,) = shrink_means([plain[0]])
    assert same.credit == 0.0
