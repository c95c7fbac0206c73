"""`pointsman land --from`: segments of other machines by hand, and by the flow that a schedule runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flows.cli import main
from flows.land import land
from tasks.landing import LandRequest
from tests.warehouse.conftest import World
from warehouse.home import Home
from warehouse.query import query


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another machine's spool with one attempt, and a file that is no segment; this machine has nothing yet."""
    world = World(tmp_path / "elsewhere")
    intent = world.intent(1)
    world.append(intent, world.outcome(intent))
    (world.home.spool / "notes.txt").write_text("not a segment")
    monkeypatch.setenv("POINTSMAN_HOME", str(tmp_path / "here"))
    return world.home.spool


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int | str | None, str, str]:
    with pytest.raises(SystemExit) as exit_:
        main(("land", *arguments))
    out, err = capsys.readouterr()
    return exit_.value.code, out, err


def segments_in(folder: Path) -> int:
    return len([path for path in folder.iterdir() if path.suffix != ".txt"])


def test_they_are_told_and_stay_unless_they_are_to_go(elsewhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    n = segments_in(elsewhere)
    assert n == 1
    code, out, err = run(capsys, "--from", elsewhere.as_uri())
    assert (code, err) == (0, "")
    assert out == (
        "1 segments fetched, 0 known already, 1 other files left alone\n"
        "1 segments, 2 records: 1 new, 0 settled, 1 known already, 0 in quarantine\n"
    )
    code, out, _ = run(capsys, "--from", elsewhere.as_uri(), "--remove", "--json")
    told = json.loads(out)
    assert (code, told["fetched"]["removed"], told["landing"]["inserted"]) == (0, 1, 0)
    assert segments_in(elsewhere) == 0
    assert (elsewhere / "notes.txt").exists()


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--remove",), "--remove says what becomes of segments at --from URL, which is missing"),
        (("--from", "nosuch://x/y"), "nosuch"),
        (("--from", "file:///no/such/folder"), "/no/such/folder"),
        (("--from", ""), "--from"),
    ],
)
def test_what_can_not_be_fetched_is_one_line(
    elsewhere: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], problem: str
) -> None:
    code, out, err = run(capsys, *arguments)
    assert code in (1, 2)
    assert out == ""
    assert err.startswith("pointsman: ")
    assert problem in err
    assert err.count("\n") == 1


@pytest.mark.prefect
def test_the_scheduled_flow_takes_them_too(elsewhere: Path, tmp_path: Path, prefect_server: None) -> None:
    landing = land(LandRequest(source=elsewhere.as_uri()))
    assert landing.inserted == 1
    assert query(Home(tmp_path / "here"), "SELECT count(*) FROM attempts").rows == [(1,)]
