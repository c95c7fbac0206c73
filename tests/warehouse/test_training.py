"""What a predictor is fitted to: the latest scored calls with their texts, so many at most of each cell and in all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.warehouse.conftest import NOON, World
from warehouse.landing import land
from warehouse.records import StepCredit
from warehouse.training import HEAD, TAIL, training_calls


@pytest.fixture
def log(world: World):
    """Logs a scored call, a minute after the one before."""

    def log(n: int, *, model: str = "small", text: str | None = "why?", score: float | None = 1.0, p: float = 1.0):
        at = NOON + timedelta(minutes=n)
        intent = replace(world.intent(n), model=model, started_at=at)
        made = replace(world.decision(n, model=model), text=text, propensity=p, decided_at=at)
        scores = [] if score is None else [world.score(n, score)]
        world.append(made, world.outcome(intent), *scores)

    return log


def test_a_call_has_what_was_asked_and_what_came_of_it(world: World, log) -> None:
    log(1, text="how many?", score=0.25, p=0.5)
    log(2, score=None)  # teaches nothing
    log(3, text=None)  # was not stored
    undecided = replace(world.intent(4), started_at=NOON + timedelta(minutes=4))
    world.append(world.outcome(undecided), world.score(4, 1.0))
    decision = world.decision(5)  # and then a fallback
    again = replace(decision, decision_id="again", model="large", propensity=0.75)
    late = replace(world.intent(5, attempt_no=2), started_at=NOON + timedelta(minutes=5))
    answered = world.outcome(replace(late, model="large", decision_id="again"))
    world.append(decision, again, world.failure(world.intent(5)), answered, world.score(5, 1.0))
    log(6, text="ä" * HEAD + "x" * 1_000 + "z" * TAIL)
    log(7, text="ä" * (HEAD + TAIL))
    land(world.home)

    plain, unstored, unasked, fallback, long, short = training_calls(world.home)
    assert (plain.task_type, plain.model, plain.quality) == ("generate", "small", 0.25)
    assert (plain.text, plain.propensity, plain.output_tokens) == ("how many?", 0.5, 20)
    assert (plain.cost_usd, plain.latency_s) == (pytest.approx(0.0002), 0.5)
    assert (unstored.text, unstored.propensity) == (None, 1.0)
    assert (unasked.text, unasked.propensity, unasked.quality) == (None, None, 1.0)
    assert (fallback.model, fallback.propensity) == ("large", 0.75)
    assert long.text == "ä" * HEAD + "\n" + "z" * TAIL
    assert short.text == "ä" * (HEAD + TAIL)


def test_the_latest_are_taken_and_no_cell_crowds_out_another(world: World, log) -> None:
    for n in range(8):
        log(n, text=f"small {n}")
    for n in range(8, 10):
        log(n, model="large", text=f"large {n}")
    for n in range(10, 14):
        log(n, text=f"small {n}")
    land(world.home)
    told = [call.text for call in training_calls(world.home, most_of_a_cell=3)]
    assert told == ["large 8", "large 9", "small 11", "small 12", "small 13"]
    assert [call.text for call in training_calls(world.home, most=2)] == ["small 12", "small 13"]
    assert training_calls(world.home, most=5) == training_calls(world.home, most=5)


def test_calls_that_a_final_score_is_credited_to_are_left_out(world: World, log) -> None:
    credits = (StepCredit("answer", "cite", 0.5), StepCredit("cite", "cite", 1.0))
    world.append(replace(world.run_started(), credits=credits))
    log(1)
    other = replace(world.intent(2, run_id="run-2"), started_at=NOON + timedelta(minutes=2))
    world.append(world.outcome(other), world.score(2, 0.75))
    land(world.home)
    assert [call.quality for call in training_calls(world.home)] == [0.75]
