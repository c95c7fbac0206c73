"""`pointsman agreement`: judges beside people, over calls that a test makes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from flows.cli import main
from tests.warehouse.conftest import World
from warehouse.landing import land


@pytest.fixture
def world(settings_home: Path, landed_home) -> World:
    """40 answers: a judge gives each 0.25 more than people, who have scored the first 20 alone."""
    world = World(landed_home(settings_home))
    marks = [(n % 4) / 4 for n in range(40)]
    world.append(
        *(world.outcome(world.intent(n)) for n in range(40)),
        *(world.score(n, mark + 0.25, source="judge", name="helpful") for n, mark in enumerate(marks)),
        *(
            replace(world.score(n, mark, source="human", name="feedback"), scored_by="anna")
            for n, mark in enumerate(marks[:20])
        ),
    )
    land(world.home)
    return world


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """A command's output; it must succeed."""
    with pytest.raises(SystemExit) as exit_:
        main(["agreement", *arguments])
    assert exit_.value.code == 0
    return capsys.readouterr().out


def test_a_mild_judge_is_told_and_corrected(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    report = json.loads(run(capsys, "--json"))
    [scorer], [model] = report["scorers"], report["models"]

    assert (scorer["scorer"], scorer["source"], scorer["answers"], scorer["answers_by_both"]) == (
        "helpful",
        "judge",
        40,
        20,
    )
    assert scorer["bias"] == pytest.approx(0.25)
    assert scorer["same_mark"] == 0
    assert (model["model"], model["n_judged"], model["n_people"]) == ("small", 40, 20)
    assert model["by_judge"] == pytest.approx(0.625)
    assert model["by_people"]["mean"] == pytest.approx(0.375)
    assert model["corrected"]["mean"] == pytest.approx(0.375)
    assert model["corrected"]["low"] < 0.375 < model["corrected"]["high"]
    # half of the answers have no score by people, and the judge tells them apart exactly
    assert width(model["corrected"]) < 0.8 * width(model["by_people"])

    told = " ".join(run(capsys).split())
    assert "Scorers beside people" in told
    assert "0.375 (0." in told


def width(mean: dict[str, float]) -> float:
    """The width of an interval."""
    return mean["high"] - mean["low"]


def test_without_scores_by_both_it_says_so(settings_home: Path, landed_home, capsys) -> None:
    landed_home(settings_home)

    assert run(capsys) == "no answer has a judge's score, or both a scorer's and a person's\n"
