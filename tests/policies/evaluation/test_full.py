"""A split's figures are what a hand works out, and the λ of a floor is found without the routed half."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from policies.evaluation.baselines import best_by_task_type, measure_baselines
from policies.evaluation.choices import Means
from policies.evaluation.full import evaluate_router, evaluate_split
from policies.evaluation.headline import headline_of
from policies.evaluation.operating_point import FLOORS, choose_at, tune
from policies.evaluation.oracle import foresee
from policies.evaluation.outcomes import Outcomes
from policies.evaluation.prompts import Prompts
from policies.evaluation.router import Predictions
from policies.evaluation.splits import halve
from policies.evaluation.table import OutcomeTable, in_strong_calls
from policies.evaluation.task_means import TaskMeansRouter
from tests.policies.evaluation.worlds import make_prompts, make_table, random_table

# Model a is cheap and good at sums, b is dear and good at prose.
QUALITY = [[1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 1.0]]
COST = [[1.0, 5.0]] * 4
TASKS = ["sum", "sum", "prose", "prose"]
TABLE = make_table(QUALITY, COST, task_types=TASKS, latency_s=np.array([[1.0, 4.0]] * 4), parameters_m=[100, 900])


@dataclass(frozen=True, slots=True)
class Seer:
    """Knows the outcomes of a table."""

    table: OutcomeTable

    @property
    def name(self) -> str:
        return "seer"

    def fit(self, prompts: Prompts, outcomes: Outcomes, *, seed: int) -> Seer:
        return self

    def predict(self, prompts: Prompts) -> Predictions:
        row_of = {query_id: row for row, query_id in enumerate(self.table.prompts.query_ids)}
        return foresee(self.table.outcomes.at([row_of[query_id] for query_id in prompts.query_ids]))


def no_time() -> float:
    return 0.0


def test_baselines_choose_on_one_half_and_are_measured_on_the_other() -> None:
    baselines = measure_baselines(TABLE, TABLE)
    assert baselines.best_single == Means(0.75, 5.0)
    assert baselines.cheapest == Means(0.5, 1.0)
    assert baselines.random == Means(0.625, 3.0)
    assert baselines.per_task_best == Means(1.0, 3.0)
    assert baselines.oracle == Means(1.0, 3.0)


def test_a_task_type_that_was_not_seen_goes_to_the_best_model_of_all() -> None:
    assert best_by_task_type(TABLE, make_prompts(["sum", "verse", "prose"])).tolist() == [0, 1, 1]


def test_the_headline_is_told_beside_the_strongest_model_and_the_coin() -> None:
    """Three of four calls to a; a coin between the two models buys 0.75 only with b alone."""
    headline = headline_of(TABLE, np.array([0, 0, 0, 1]), strongest=1)
    assert (headline.quality, headline.cost_usd) == (0.75, 2.0)
    assert headline.strongest_share == 0.25
    assert headline.saving_against_strongest == pytest.approx(1 - 2 / 5)
    assert headline.saving_against_random == pytest.approx(1 - 2 / 5)
    assert headline.mean_parameters_m == pytest.approx((3 * 100 + 900) / 4)
    assert headline.speed_up == pytest.approx(4 / ((3 * 1 + 4) / 4))
    assert headline.quality_ratio == 1.0


def test_what_is_not_known_is_none() -> None:
    bare = make_table(QUALITY, COST, parameters_m=[100, float("nan")])
    headline = headline_of(bare, np.array([0, 1, 1, 1]), strongest=1)
    assert headline.mean_parameters_m is None
    assert headline.speed_up is None
    assert headline.saving_against_random is None  # the coin never gets there
    assert headline_of(bare, np.array([0, 0, 0, 0]), strongest=1).mean_parameters_m == 100


def test_the_multiplier_of_a_floor_is_the_last_before_the_floor_is_broken() -> None:
    """The seer may lose one prompt in four and be as good as b; the one that costs it most is prose to b."""
    multipliers = tune(foresee(TABLE.outcomes), TABLE, FLOORS)
    chosen = choose_at(foresee(TABLE.outcomes), multipliers[2], strongest=1)
    assert headline_of(TABLE, chosen, strongest=1).quality >= 0.75


def test_where_the_strongest_model_is_the_cheapest_it_serves_all() -> None:
    """Do no harm: no λ is worth it, whatever the floor."""
    table = make_table([[1.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 1.0]], [[1.0, 5.0]] * 4)
    assert tune(foresee(table.outcomes), table, FLOORS) == (None, None, None)
    assert choose_at(foresee(table.outcomes), None, strongest=0).tolist() == [0] * 4


def test_a_router_that_falls_short_at_once_leaves_the_strongest_model() -> None:
    wrong = Predictions(1 - np.array(QUALITY), np.array(COST))
    assert tune(wrong, TABLE, FLOORS) == (None, None, None)


def test_the_seer_is_the_oracle() -> None:
    table = random_table(0)
    split = halve(table.prompts.query_ids, 0)
    result = evaluate_split(table.at(split.train), table.at(split.test), routers=[Seer(table)], seed=0, clock=no_time)
    seer = result.routers[0]
    assert seer.aiq == result.oracle_aiq
    assert seer.points == result.oracle_points
    assert Means(seer.at_best.quality, seer.at_best.cost_usd) == result.baselines.oracle
    assert (seer.ece, seer.brier, seer.decision_s) == (0.0, 0.0, 0.0)
    assert result.singles_aiq is not None
    assert result.singles_aiq <= seer.aiq
    assert (result.n_train, result.n_test, result.n_seen_texts) == (30, 30, 0)
    assert seer.strong_share is None  # three models


def test_two_models_get_routellms_figures_and_costs_may_be_unknown() -> None:
    counted = in_strong_calls(make_table(QUALITY * 8, np.full((32, 2), np.nan)))
    split = halve(counted.prompts.query_ids, 0)
    train, test = counted.at(split.train), counted.at(split.test)
    result = evaluate_router(TaskMeansRouter(), train, test, seed=0, clock=no_time)
    assert result.strong_share is not None
    assert result.strong_share.apgr == pytest.approx(0.5)  # one task type: it can't tell them apart
    assert result.at_floors[0].cost_usd == result.at_floors[0].strongest_share


def test_texts_that_stand_in_both_halves_are_counted() -> None:
    table = random_table(1, n=20)
    same = OutcomeTable(
        Prompts(table.prompts.query_ids, table.prompts.task_types, ("same",) * 20), table.outcomes, table.parameters_m
    )
    split = halve(same.prompts.query_ids, 0)
    result = evaluate_split(same.at(split.train), same.at(split.test), routers=[], seed=0, clock=no_time)
    assert result.n_seen_texts == len(split.test)
