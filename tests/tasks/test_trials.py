"""What the gate goes by is read from the ledger alone: what would be decided otherwise, and what the log says of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from policies.fixed import FixedPolicy
from policies.gate.evidence import weigh_trial
from policies.gate.folds import N_FOLDS
from policies.gate.thresholds import Thresholds
from policies.gate.verdict import judge_evidence
from policies.types import Weights
from policies.uniform import UniformPolicy
from policies.weights import parse_weights
from tasks.learning import evaluate_fit
from tasks.trials import Tried, try_fit
from tests.fakes.explored import NOON, ExploredWorld
from warehouse.home import Home
from warehouse.weights import show_weights
from warehouse.weights_changes import settle_fit
from warehouse.weights_fit import Fit, HalfLives, fit_weights

HUGE = 0  # its number, in the order of the names
QUALITY = {
    "classify": {"small": 0.9, "middle": 0.6, "large": 0.6, "huge": 0.6},
    "generate": {"small": 0.4, "middle": 0.5, "large": 0.8, "huge": 0.6},
}


@pytest.fixture
def world(tmp_path: Path) -> ExploredWorld:
    return ExploredWorld(Home(tmp_path / "home"), QUALITY)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> ExploredWorld:
    """A log of calls at random, which no test changes."""
    world = ExploredWorld(Home(tmp_path_factory.mktemp("drawn")), QUALITY)
    world.log(1_000, policy=UniformPolicy())
    return world


def tried(world: ExploredWorld, fit: Fit, *, most: int = 10**6) -> Tried:
    return try_fit(world.home, fit, days=90, most=most)


def test_what_is_learned_is_compared_with_priors_while_nothing_is_live(world: ExploredWorld) -> None:
    world.log(2_000, exploration=0.5)
    found = tried(world, fit_weights(world.home))
    evidence = weigh_trial(found.trial, seed=0)
    assert (evidence.n, evidence.n_fixed, evidence.n_blind, dict(found.left_out)) == (2_000, 0, 0, {})
    # By the priors all are alike, and the cheapest serves; half of the calls, of `generate`, go to another one.
    assert evidence.moved_share == pytest.approx(0.5, abs=0.02)
    assert evidence.quality.low is not None
    assert evidence.quality.low < 0.2 < evidence.quality.high  # half of 0.8 - 0.4
    assert evidence.cost_usd.change > 0
    (first,) = judge_evidence(evidence, Thresholds(), has_live=False)
    assert first.held
    assert "not proven: no version was live" in first.detail


def test_the_probabilities_that_were_recorded_are_those_of_the_trial(world: ExploredWorld) -> None:
    made = world.log(400, exploration=0.3, lambda_=10.0)
    trial = tried(world, fit_weights(world.home)).trial
    by_draw = {one.call_id: one for one in made}
    assert len(trial) == 400
    assert sorted(trial.propensity) == pytest.approx(sorted(one.propensity for one in by_draw.values()))
    assert set(trial.price) == {10.0}
    assert trial.is_possible.sum(axis=1).tolist() == [4] * 400
    # Without what is tried, the version that was routed by has the model that was drawn most.
    routed = trial.other.argmax(axis=1)
    assert (trial.propensity[trial.chosen == routed] > 0.6).all()
    assert (trial.propensity[trial.chosen != routed] < 0.3).all()


def test_each_decision_is_made_without_what_its_item_taught(drawn: ExploredWorld) -> None:
    fit = fit_weights(drawn.home)
    taught = [sum(cell.n for cell in weights.cells) for weights in fit.held_out]
    assert sum(taught) == (N_FOLDS - 1) * 1_000
    assert len({weights.version for weights in fit.held_out}) == len(fit.held_out) == N_FOLDS
    # The weights that were fitted without the first fold alone hold `huge` for the best.
    odd = Weights("odd", tuple(replace(one, quality=float(one.model == "huge")) for one in fit.held_out[0].cells))
    none_huge = Weights("even", tuple(replace(one, quality=float(one.model != "huge")) for one in odd.cells))
    found = tried(drawn, replace(fit, held_out=(odd, *(none_huge,) * (N_FOLDS - 1))))
    assert found.trial.candidate[:, HUGE].sum() == 1_000 - taught[0] > 0


def test_what_was_no_draw_is_no_evidence(world: ExploredWorld) -> None:
    world.log(300, exploration=0.0)
    world.log(200, first=300, policy=FixedPolicy("huge"))
    fit = fit_weights(world.home)
    found = tried(world, fit)
    evidence = weigh_trial(found.trial, seed=0)
    assert (evidence.n, evidence.n_fixed, evidence.n_evidence) == (300, 300, 0)
    assert (evidence.quality.change, evidence.worth_low, evidence.effective_n) == (None, None, 0.0)
    assert dict(found.left_out) == {"the policy fixed:huge does not weigh": 200}
    support, better, *_ = judge_evidence(evidence, Thresholds(), has_live=True)
    assert not support.held
    assert "300 were no draw" in support.detail
    assert not better.held


def test_a_version_that_is_better_passes_and_one_that_is_worse_does_not(drawn: ExploredWorld) -> None:
    fit = fit_weights(drawn.home)
    good = parse_weights(fit.document)
    poor = replace(good, version="poor", cells=tuple(replace(one, quality=1 - one.quality) for one in good.cells))
    better, worse = replace(fit, parent=poor), replace(fit, parent=good, held_out=(poor,) * N_FOLDS)
    verdicts = []
    for one in (better, worse, replace(fit, parent=good, held_out=(good,) * N_FOLDS)):
        evidence = weigh_trial(tried(drawn, one).trial, seed=0)
        verdicts.append([condition.held for condition in judge_evidence(evidence, Thresholds(), has_live=True)])
    assert verdicts[0][:2] == [True, True]
    assert verdicts[1][:2] == [True, False]
    assert verdicts[2] == [True]  # it decides all alike


def test_of_a_large_log_a_share_of_the_items_is_read_the_same_each_time(drawn: ExploredWorld) -> None:
    fit = fit_weights(drawn.home)
    one, again = (tried(drawn, fit, most=250) for _ in range(2))
    assert one.sampled == 0.25
    assert len(one.trial) == pytest.approx(250, abs=60)
    assert np.array_equal(one.trial.quality, again.trial.quality)


def test_older_calls_count_less(world: ExploredWorld) -> None:
    early = ExploredWorld(world.home, {"generate": dict.fromkeys(QUALITY["generate"], 0.0)})
    late = ExploredWorld(world.home, {"generate": dict.fromkeys(QUALITY["generate"], 1.0)})
    early.log(400, policy=UniformPolicy())
    late.log(400, first=400, policy=UniformPolicy(), at=NOON + timedelta(days=30))
    for half_lives, expected in (
        (HalfLives(1e4), 0.5),
        (HalfLives(30.0), 2 / 3),
        (HalfLives(1e4, {"generate": 15.0}), 0.8),
        (HalfLives(1e4, {"other": 15.0}), 0.5),
    ):
        fit = fit_weights(world.home, half_lives)
        mean = sum(cell.quality * cell.n for cell in fit.cells) / fit.n_calls
        assert mean == pytest.approx(expected, abs=0.03)
        assert fit.n_calls == 800


def test_a_fit_is_recorded_with_what_the_log_said(world: ExploredWorld) -> None:
    world.log(300, policy=UniformPolicy())
    fit = evaluate_fit.fn(world.home, fit_weights(world.home), days=90, most=1000)
    assert settle_fit(world.home, fit, (), changed_at=NOON).verdict == "promoted"
    told = json.loads(show_weights(world.home, fit.version).estimates)["log"]
    assert (told["sampled"], told["evidence"]["n"], told["evidence"]["n_fixed"]) == (1.0, 300, 0)
