"""Cascades with a simulated check beat the single models' hull where theory says so, and else refuse themselves."""

from __future__ import annotations

import numpy as np
import pytest

from policies.cascade.theory import hull_of, mixture_at
from policies.evaluation.cascade_results import CascadeSplit, evaluate_cascades
from policies.evaluation.cascading import NoisyCheck, correlation_of, learn_check, outcomes_with
from policies.evaluation.outcomes import Outcomes
from policies.evaluation.table import OutcomeTable
from policies.evaluation.task_means import TaskMeansRouter
from tests.policies.evaluation.worlds import make_table

GOOD = NoisyCheck(precision=0.95, recall=0.9)


def world(a: float, b: float, *, dearer: float = 10.0, seed: int = 0, n: int = 4000) -> OutcomeTable:
    """Two models whose answers are right by chance, independently; the second costs so many times the first."""
    rng = np.random.default_rng(seed)
    quality = (rng.random((n, 2)) < [a, b]).astype(np.float64)
    return make_table(quality, np.full((n, 2), [1.0, dearer]) * 1e-4)


def split_of(table: OutcomeTable, check: NoisyCheck, *, seed: int = 0) -> CascadeSplit:
    half = len(table) // 2
    train, test = table.at(range(half)), table.at(range(half, len(table)))
    return evaluate_cascades(train, test, routers=[TaskMeansRouter()], check=check, seed=seed)


def test_the_check_has_its_precision_and_recall() -> None:
    table = world(0.6, 0.8)
    passes = GOOD.draw(table.outcomes, np.random.default_rng(1))
    right = table.outcomes.quality == 1
    assert right[passes].mean() == pytest.approx(0.95, abs=0.01)
    assert passes[right].mean() == pytest.approx(0.9, abs=0.01)


def test_what_was_learned_is_what_was_simulated() -> None:
    table = world(0.6, 0.8)
    learned = learn_check(table, GOOD.draw(table.outcomes, np.random.default_rng(1)))
    assert learned.overall.pass_right == pytest.approx(0.9, abs=0.03)
    assert learned.overall.pass_wrong == pytest.approx(
        [0.6 * 0.9 * 0.05 / (0.95 * 0.4), 0.8 * 0.9 * 0.05 / (0.95 * 0.2)], abs=0.03
    )
    assert correlation_of(table)[0, 1] == pytest.approx(0.0, abs=0.05)


def test_what_a_cascade_would_have_come_to() -> None:
    outcomes = Outcomes(("a", "b"), np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[1.0, 10.0], [2.0, 20.0]]))
    came = outcomes_with(outcomes, np.array([[True, True], [False, False]]))
    assert came.models == ("a", "b", "a → b", "b → a")
    assert came.quality[:, 2:].tolist() == [[1.0, 0.0], [1.0, 0.0]]
    assert came.cost_usd[:, 2:].tolist() == [[1.0, 10.0], [22.0, 22.0]]


@pytest.mark.parametrize("seed", range(3))
def test_a_good_check_beats_both_models_hull(seed: int) -> None:
    found = split_of(world(0.65, 0.85, seed=seed), GOOD, seed=seed)
    cascade = found.plain[0]
    assert (cascade.first, cascade.is_refused) == ("a", False)
    assert cascade.lift == pytest.approx(cascade.expected_lift, abs=0.03)
    assert cascade.lift > 0.05
    assert found.aiq is not None
    assert found.singles_aiq is not None
    assert found.aiq > found.singles_aiq + 0.03
    (router,) = found.routers
    assert router.best_lift > 0.05 > router.best_lift_alone
    assert router.offered_share == 1
    assert router.cascaded_share > 0.5


@pytest.mark.parametrize(
    ("a", "b", "dearer", "check"),
    [
        (0.65, 0.85, 10.0, NoisyCheck(precision=0.65, recall=0.7)),  # a coin: as many wrong ones pass as right ones
        (0.65, 0.85, 1.1, NoisyCheck(precision=0.7, recall=0.9)),  # the first answer costs nearly what the second does
        (0.30, 0.85, 1.5, NoisyCheck(precision=0.6, recall=0.3)),  # hardly anything is kept
    ],
)
def test_where_theory_says_that_it_cannot_gain_a_cascade_refuses_itself(
    a: float, b: float, dearer: float, check: NoisyCheck
) -> None:
    found = split_of(world(a, b, dearer=dearer), check)
    assert found.plain[0].is_refused
    assert found.plain[0].lift < 0.01
    (router,) = found.routers
    assert router.aiq == router.aiq_alone
    assert router.cascaded_share == 0


def test_the_same_seed_gives_the_same_and_another_one_other_draws() -> None:
    table = world(0.65, 0.85, n=400)
    assert split_of(table, GOOD, seed=3) == split_of(table, GOOD, seed=3)
    assert split_of(table, GOOD, seed=3) != split_of(table, GOOD, seed=4)


@pytest.mark.parametrize("seed", range(20))
def test_mixtures_of_many_requests_are_their_hulls(seed: int) -> None:
    rng = np.random.default_rng(seed)
    quality, cost, at = rng.random((5, 4)), rng.random((5, 4)), rng.random((5, 7)) * 1.2
    found = mixture_at(quality, cost, at)
    for row in range(5):
        assert found[row] == pytest.approx(hull_of(quality[row], cost[row]).quality_at(at[row]))
