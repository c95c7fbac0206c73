"""No single scorer or person moves what is learned beyond its cap, nor what it is judged by."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policies.types import Decision
from policies.uniform import UniformPolicy
from tasks.learning import evaluate_fit
from tests.fakes.explored import ExploredWorld
from warehouse.home import Home
from warehouse.weights_fit import fit_weights, source_pulls

QUALITY = {"generate": {"small": 0.5, "middle": 0.5, "large": 0.9, "huge": 0.5}}


def test_one_person_against_the_checks_changes_nothing_that_is_learned(tmp_path: Path) -> None:
    world = ExploredWorld(Home(tmp_path), QUALITY)
    made = world.log(800, policy=UniformPolicy())
    clean = evaluate_fit.fn(world.home, fit_weights(world.home), days=90, most=1000)
    assert clean.capped == ()

    world.judge({n: float(made[n].model != "large") for n in range(0, 800, 8)}, by="mallory")
    poisoned = fit_weights(world.home)
    assert {(one.source, one.model) for one in poisoned.capped} >= {("person mallory", "large")}
    assert all(one.source == "person mallory" for one in poisoned.capped)
    qualities = [{cell.model: cell.quality for cell in fit.cells} for fit in (clean, poisoned)]
    assert qualities[1]["large"] == pytest.approx(qualities[0]["large"], abs=0.01)
    assert json.loads(poisoned.estimates)["capped"][0]["source"] == "person mallory"
    judged = evaluate_fit.fn(world.home, poisoned, days=90, most=1000)
    assert clean.evaluation is not None
    assert judged.evaluation is not None
    told = [one.evaluation.evidence.quality.candidate for one in (clean, judged)]
    assert told[1] == pytest.approx(told[0], abs=0.02)

    loose = fit_weights(world.home, source_cap=1.0)
    assert loose.capped == ()
    assert {cell.model: cell.quality for cell in loose.cells}["large"] < qualities[0]["large"] - 0.05


def test_a_person_who_agrees_with_the_checks_is_heard(tmp_path: Path) -> None:
    world = ExploredWorld(Home(tmp_path), {"generate": dict.fromkeys(QUALITY["generate"], 1.0)})
    world.log(400, policy=UniformPolicy())
    world.judge(dict.fromkeys(range(0, 400, 8), 1.0), by="alice")
    assert fit_weights(world.home).capped == ()
    pulls = {(one.model, one.source): one for one in source_pulls(world.home)}
    assert len(pulls) == 8
    assert all(abs(one.pull) < 0.02 for (_, source), one in pulls.items() if source == "person alice")


def test_a_pull_is_told_apart_from_what_others_said_of_the_same_answers(tmp_path: Path) -> None:
    world = ExploredWorld(Home(tmp_path), {"generate": dict.fromkeys(QUALITY["generate"], 1.0)})
    made: tuple[Decision, ...] = world.log(160, policy=UniformPolicy())
    mine = [n for n in range(160) if made[n].model == "small"]
    world.judge(dict.fromkeys(mine[:10], 0.0), by="bob")
    pulls = {(one.model, one.source): one for one in source_pulls(world.home)}
    bob = pulls["small", "person bob"]
    assert (bob.n, bob.n_adopted, bob.n_others, bob.others) == (len(mine), 10, len(mine), 1.0)
    assert bob.quality == pytest.approx(1 - 10 / len(mine))
    check = pulls["small", "check exact"]
    assert (check.n_adopted, check.n_others, check.others) == (len(mine) - 10, 10, 0.0)
    assert check.pull == 0.0  # ten answers of others are too few to hold it against
