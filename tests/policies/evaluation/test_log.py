"""From a cold start nothing is revealed but the outcomes of what was chosen, and the budget is kept to."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from policies.evaluation.log import LogSettings, allowance_of, evaluate_log, route_stream
from policies.evaluation.outcomes import Outcomes
from policies.evaluation.prompts import Prompts
from policies.evaluation.router import FittedRouter, Predictions
from policies.evaluation.splits import halve
from policies.evaluation.table import OutcomeTable
from policies.evaluation.task_means import TaskMeansRouter
from tests.policies.evaluation.worlds import random_table

SETTINGS = LogSettings(chunk_size=20, budget_share=0.4)


@dataclass(frozen=True, slots=True)
class Watched:
    """Task means that keep what they were given to learn from; without standard errors if so wanted."""

    is_doubting: bool = True
    seen: list[Outcomes] = field(default_factory=list)

    @property
    def name(self) -> str:
        return "watched"

    def fit(self, prompts: Prompts, outcomes: Outcomes, *, seed: int) -> FittedRouter:
        self.seen.append(outcomes)
        fitted = TaskMeansRouter().fit(prompts, outcomes, seed=seed)
        return fitted if self.is_doubting else Certain(fitted)


@dataclass(frozen=True, slots=True)
class Certain:
    """A fitted router without its doubt."""

    fitted: FittedRouter

    def predict(self, prompts: Prompts) -> Predictions:
        predictions = self.fitted.predict(prompts)
        return Predictions(predictions.quality, predictions.cost_usd)


def stream(router: Watched, table: OutcomeTable, settings: LogSettings = SETTINGS) -> np.ndarray:
    return route_stream(router, table, seed=0, settings=settings, rng=np.random.default_rng(0))


@pytest.mark.parametrize("is_doubting", [True, False])
def test_only_the_chosen_models_outcome_is_revealed(is_doubting: bool) -> None:
    router, table = Watched(is_doubting), random_table(0, n=100)
    chosen = stream(router, table)
    assert [len(log) for log in router.seen] == [20, 40, 60, 80]
    for log in router.seen:
        rows = np.arange(len(log))
        assert (log.is_known.sum(axis=1) == 1).all()
        assert (log.quality[rows, chosen[rows]] == table.outcomes.quality[rows, chosen[rows]]).all()
        assert np.isnan(log.cost_usd).sum() == np.isnan(log.quality).sum()


def test_where_all_is_told_every_outcome_of_what_was_served_is_revealed_and_no_later_one() -> None:
    router, table = Watched(), random_table(4, n=60)
    stream(router, table, replace(SETTINGS, is_all_told=True))
    assert [len(log) for log in router.seen] == [20, 40]
    for log in router.seen:
        assert (log.quality == table.outcomes.quality[: len(log)]).all()


def test_a_log_in_which_all_is_told_keeps_to_its_money_too() -> None:
    table = random_table(2, n=400)
    chosen = stream(Watched(), table, replace(SETTINGS, is_all_told=True))
    spent = table.outcomes.cost_usd[np.arange(400), chosen].mean()
    assert spent <= allowance_of(table.outcomes, SETTINGS.budget_share) * 1.02


@dataclass(frozen=True, slots=True)
class Torn:
    """Thinks the first of three equally dear models a little better, and never gets surer."""

    @property
    def name(self) -> str:
        return "torn"

    def fit(self, prompts: Prompts, outcomes: Outcomes, *, seed: int) -> Torn:
        return self

    def predict(self, prompts: Prompts) -> Predictions:
        quality = np.tile([0.6, 0.5, 0.5], (len(prompts), 1))
        return Predictions(quality, np.ones_like(quality), np.full_like(quality, 0.2))


def test_doubt_fades_towards_the_end_since_what_is_found_out_serves_less() -> None:
    chosen = route_stream(Torn(), random_table(6, n=2_000), seed=0, settings=SETTINGS, rng=np.random.default_rng(0))
    explored = chosen != 0
    assert explored[20:500].mean() > explored[-500:].mean() + 0.1
    assert explored[-20:].mean() < 0.1


@pytest.mark.parametrize("is_doubting", [True, False])
def test_the_money_is_spread_over_the_whole_stream(is_doubting: bool) -> None:
    table = random_table(2, n=400)
    chosen = stream(Watched(is_doubting), table)
    spent = table.outcomes.cost_usd[np.arange(400), chosen].mean()
    assert spent <= allowance_of(table.outcomes, SETTINGS.budget_share) * 1.02


def test_a_log_is_the_same_for_a_seed_and_another_for_another() -> None:
    table = random_table(3, n=120)
    split = halve(table.prompts.query_ids, 0)
    halves = table.at(split.train), table.at(split.test)
    one, again, other = (evaluate_log(TaskMeansRouter(), *halves, seed=s, settings=SETTINGS) for s in (0, 0, 1))
    assert one == again
    assert one.progress != other.progress


def test_a_log_learns_and_its_regret_is_against_the_best_fixed_policy() -> None:
    plain = random_table(5, n=2_000)
    chances = np.where((np.arange(2_000) % 2 == 0)[:, None], [0.9, 0.2, 0.5], [0.2, 0.9, 0.5])
    quality = (np.random.default_rng(5).random((2_000, 3)) < chances).astype(float)
    table = replace(plain, outcomes=replace(plain.outcomes, quality=quality))
    split = halve(table.prompts.query_ids, 0)
    result = evaluate_log(TaskMeansRouter(), table.at(split.train), table.at(split.test), seed=0, settings=SETTINGS)
    end = result.progress[-1]
    assert end.n == len(split.train)
    assert end.regret == pytest.approx(end.n * (end.fixed_quality - end.quality))
    assert end.regret < 0  # the tasks have different best models, which no fixed policy serves
    assert result.late_ratio_to_full is not None
    assert result.ratio_to_full is not None
    assert result.ratio_to_full > 0.9
    assert sum(result.headline.shares) == pytest.approx(1)
