"""`backup`, `restore` and `rebuild` as commands: what they say, and that what is wrong is one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.cli import main
from tests.warehouse.conftest import World
from warehouse.home import Home
from warehouse.landing import land
from warehouse.query import query

Told = Callable[..., str]


@pytest.fixture
def world(settings_home: Path, landed_home: Callable[[Path], Path]) -> World:
    """Two calls in the installation that the settings name: one landed, one in the spool."""
    world = World(landed_home(settings_home))
    world.append(world.outcome(world.intent(1)))
    land(world.home)
    world.append(world.outcome(world.intent(2)))
    return world


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    """Runs a command; gives its one line, on the stream that fits its exit code."""

    def run(*arguments: object, code: int = 0) -> str:
        with pytest.raises(SystemExit) as exit_:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        assert exit_.value.code == code, err
        assert (err if code == 0 else out) == ""
        line = out if code == 0 else err
        assert line.count("\n") == 1 or line.startswith("{")
        return line

    return run


def test_a_backup_is_brought_back_into_an_empty_home(world, told, tmp_path, monkeypatch) -> None:
    assert "rows, 1 segments; " in told("backup", tmp_path / "backup")
    monkeypatch.setenv("POINTSMAN_HOME", str(tmp_path / "other"))
    assert "1 segments, 0 runs; `pointsman land`" in told("restore", tmp_path / "backup")
    told("land")
    told("land")
    assert query(Home(tmp_path / "other"), "SELECT count(*) FROM attempts").rows == [(2,)]


def test_what_was_done_is_json_where_that_is_wanted(world, told, tmp_path) -> None:
    made = json.loads(told("backup", tmp_path / "backup", "--runs", "--json"))
    assert (made["folder"], made["n_segments"], made["n_run_files"]) == (str(tmp_path / "backup"), 1, 0)
    told("land")
    assert json.loads(told("restore", tmp_path / "backup", "--replace", "--json"))["set_aside"] is not None
    assert json.loads(told("rebuild", "published", "--json"))["is_new"]


def test_bad_backups_and_destinations_are_one_line_and_exit_2(world, told, tmp_path) -> None:
    assert told("backup", tmp_path, code=2) == f"pointsman: {tmp_path}: is there already, and is no empty folder\n"
    assert told("restore", tmp_path, code=2) == f"pointsman: {tmp_path}: is no backup: it has no backup.json\n"
    told("backup", tmp_path / "backup")
    told("land")
    assert "ledger.duckdb: is in the home already; --replace" in told("restore", tmp_path / "backup", code=2)


def test_a_damaged_ledger_is_exit_1_with_the_remedy_and_the_remedy_works(world, told) -> None:
    world.home.ledger.write_bytes(b"no database")
    assert "`pointsman rebuild ledger`" in told("land", code=1)
    assert told("rebuild", "ledger").startswith("ledger: made anew, ")
    assert "1 new" in told("land")
    assert told("rebuild", "ledger").startswith("ledger: sound, and left alone, ")


def test_a_damaged_published_file_is_exit_1_with_the_remedy_and_the_remedy_works(world, told) -> None:
    world.home.published.write_bytes(b"no database")
    assert "`pointsman rebuild published`" in told("query", "FROM attempts", code=1)
    assert told("rebuild", "published").startswith("published: made anew, ")
    assert query(world.home, "SELECT count(*) FROM attempts").rows == [(1,)]
