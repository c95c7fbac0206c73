"""Of two people who edit the rules, the later one wins only by an edit of what is there; else the changes are told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from flows.cli import main
from policies.rules import rules_version
from tasks.clock import now
from tasks.rule_edits import Push, push_rules
from tasks.settings import load_settings
from tests.flows.test_checking import CATALOGUE, DEAD, RULES
from warehouse.home import Home
from warehouse.policy_versions import list_policies

FIRST, SECOND = RULES.replace("one", "first"), RULES.replace("one", "second")
BASE = rules_version(RULES)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home, with rules and two edits of them in the current folder."""
    monkeypatch.chdir(tmp_path)
    texts = {"catalog.yaml": CATALOGUE, "rules.yaml": RULES, "first.yaml": FIRST, "second.yaml": SECOND}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    for name, value in {"CATALOG": "catalog.yaml", "RULES": "rules.yaml", "HOME": "home"}.items():
        monkeypatch.setenv(f"POINTSMAN_{name}", value)
    return Home(tmp_path / "home")


def rules(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int | str | None, str, str]:
    with pytest.raises(SystemExit) as exit_:
        main(("rules", *arguments))
    out, err = capsys.readouterr()
    return exit_.value.code, out, err


def test_an_edit_of_what_is_there_comes_into_force_and_both_are_kept(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("rules.yaml").chmod(0o664)
    code, out, err = rules(capsys, "push", "first.yaml", "--base", BASE)
    assert (code, err) == (0, "")
    assert out.startswith(f"{rules_version(FIRST)} is in force, in the place of {BASE}: ")
    assert Path("rules.yaml").read_text() == FIRST
    assert Path("rules.yaml").stat().st_mode & 0o777 == 0o664
    assert {seen.text for seen in list_policies(home, "rules")} == {RULES, FIRST}
    assert sorted(path.name for path in Path().iterdir() if path.name.startswith(".")) == []


def test_a_later_edit_of_the_old_version_is_refused_and_told_what_changed(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    rules(capsys, "push", "first.yaml", "--base", BASE)
    code, out, err = rules(capsys, "push", "second.yaml", "--base", BASE.removeprefix("r-"))
    assert code == 1
    assert Path("rules.yaml").read_text() == FIRST
    assert out.splitlines()[:2] == [f"--- {BASE}", f"+++ {rules_version(FIRST)}"]
    assert [line for line in out.splitlines()[2:] if line[0] in "+-"] == [
        "-  - {name: one, when: {task_type: generate}, use: {model: small}}",
        "+  - {name: first, when: {task_type: generate}, use: {model: small}}",
    ]
    assert f"is {rules_version(FIRST)} now, not {BASE}" in err
    code, out, _ = rules(capsys, "push", "second.yaml", "--base", rules_version(FIRST), "--json")
    assert (code, json.loads(out)["status"]) == (0, "pushed")


def test_an_unknown_base_is_told_against_the_pushed_rules(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = rules(capsys, "push", "first.yaml", "--base", "r-nobody")
    assert code == 1
    assert out.splitlines()[:3] == [
        "the warehouse does not know r-nobody: compared with the pushed rules instead",
        f"--- {rules_version(FIRST)}",
        f"+++ {BASE}",
    ]


def test_rules_that_cant_be_used_change_nothing(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    Path("bad.yaml").write_text("default: {use: {model: enormous}}\n")
    code, _, err = rules(capsys, "push", "bad.yaml", "--base", BASE)
    assert code == 2
    assert err == "pointsman: bad.yaml:1: default.use.model: is no model of catalog.yaml (got 'enormous')\n"
    assert Path("rules.yaml").read_text() == RULES


def test_what_is_in_force_already_and_rules_that_are_never_reached_are_told(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rules(capsys, "push", "rules.yaml", "--base", "r-old")[0] == 0
    Path("dead.yaml").write_text(RULES.replace("default:", f"{DEAD}default:"))
    code, _, err = rules(capsys, "push", "dead.yaml", "--base", BASE)
    assert code == 0
    assert err.startswith("pointsman: warning: dead.yaml:3: rule two is never reached")


def test_versions_are_shown_and_listed(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert rules(capsys, "show") == (0, RULES, f"{BASE} rules.yaml\n")
    rules(capsys, "push", "first.yaml", "--base", BASE)
    assert rules(capsys, "show", BASE)[1] == RULES
    assert json.loads(rules(capsys, "show", "--json")[1])["version"] == rules_version(FIRST)
    rows = json.loads(rules(capsys, "list", "--json")[1])
    assert {row["version"]: row["is_in_force"] for row in rows} == {BASE: False, rules_version(FIRST): True}
    code, _, err = rules(capsys, "show", "r-gone")
    assert (code, err.startswith("pointsman: VERSION: there is no such version")) == (2, True)


def test_of_pushes_at_once_from_the_same_base_one_wins(home: Home) -> None:
    settings = load_settings()

    def push(name: str) -> Push:
        return push_rules(Path(name), base=BASE, settings=settings, home=home.create(), at=now())

    with ThreadPoolExecutor(4) as pool:
        pushes: Sequence[Push] = list(pool.map(push, ["first.yaml", "second.yaml"] * 2))
    (winner,) = {one.version for one in pushes if one.status == "pushed"}
    assert rules_version(Path("rules.yaml").read_text()) == winner
    assert sum(one.status == "pushed" for one in pushes) == 1
    assert {one.current for one in pushes} == {winner}
