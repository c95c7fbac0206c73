"""`pointsman feedback` as a user meets it: what it prints, and one line for whatever can't be taken."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.cli import main
from tests.warehouse.conftest import World

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(settings_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys, landed_home) -> Run:
    """Run a command in an installation with one call; gives its exit code, output and error."""
    landed_home(settings_home)
    monkeypatch.setenv("POINTSMAN_ROOTS", str(tmp_path))
    world = World(settings_home)
    world.append(world.outcome(world.intent(1)))

    def call(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as exit_:
            main([str(argument) for argument in arguments])
        return (int(exit_.value.code or 0), *capsys.readouterr())

    return call


def test_a_score_is_told_and_shows_in_explain(run: Run) -> None:
    code, out, err = run("feedback", "--call", "call-1", "--score", "4", "--scale", "1:5", "--by", "anna")
    assert (code, err) == (0, "")
    assert out == "1 scores of 1 calls by 1 people: 1 new, 0 in place of what they said before\n"

    code, out, _ = run("explain", "call-1", "--json")
    [score] = json.loads(out)["scores"]
    assert (score["source"], score["score"], score["scored_by"]) == ("human", 0.75, "anna")


def test_json_has_every_count(run: Run, tmp_path: Path) -> None:
    (tmp_path / "scores.csv").write_text("run_id,item_id,score\nrun-1,item-1,0.5\n")
    code, out, _ = run("feedback", "--file", tmp_path / "scores.csv", "--by", "anna", "--json")

    assert code == 0
    assert json.loads(out) == {"scores": 1, "new": 1, "again": 0, "calls": 1, "people": 1}


BAD_OPTIONS = [
    ("--call call-9 --score 1 --by a", "--call: there is no such call in the warehouse (got 'call-9')"),
    ("--call call-1 --score 2 --by a", "--score: must lie between 0 and 1 (got 2.0)"),
    ("--call call-1 --score nan --by a", "--score: must be a finite number (got nan)"),
    ("--call call-1 --by a", "--score: is required"),
    ("--call call-1 --score 1", "--by: is required: say who judged"),
    ("--score 1 --by a", "--call: give call_id, or run_id and item_id"),
    ("--run run-1 --item item-5 --score 1 --by a", "--item: there is no such call of item 'item-5' in run 'run-1'"),
    ("--call call-1 --score 1 --by a --scale 5", "--scale: must be LOW:HIGH"),
    ("--call call-1 --score 1 --by a --scale 5:1", "--scale: must be LOW:HIGH"),
    ("--call call-1 --score 1 --file x.csv", "--call: goes with no --file"),
    ("--file nothing.csv --by a", "--file: lies outside the allowed folders"),
    ("--call call-1 --score 1 --by a --scorer no-name", "--scorer: must be letters, digits and _"),
]


def test_what_can_not_be_taken_is_one_line(run: Run) -> None:
    for arguments, error in BAD_OPTIONS:
        code, out, err = run("feedback", *arguments.split())

        assert (code, out, err.count("\n")) == (2, "", 1)
        assert err.startswith(f"pointsman: {error}")
