"""What an edit of the rules would have done is told from the log alone, and agrees with what the rules then do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.cli import main
from tasks.settings import load_settings
from tasks.supposing import WhatIf, what_if
from tests.fakes.calls import KEY_VARIABLE
from tests.fakes.installations import Installation, run_whole, variables_of, write_installation
from tests.fakes.provider import ScriptedProvider
from warehouse.landing import land
from warehouse.query import query

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
JOB = """
name: ducks
input: {text_fields: [question]}
chunk_size: 4
latency_price: 0.01
exploration: 0.5
steps:
  - {name: answer, kind: llm, task_type: generate, prompt: "{{ item.question }}", max_output_tokens: 30, timeout_s: 4,
     scorers: [{scorer: non_empty}]}
"""
RULES = """
rules:
  - name: some
    when: {regex: "[135] o'clock"}
    use: {shortlist: [small, large], policy: strongest, share: 0.5}
  - {name: learned, when: {regex: "[0246] o'clock"}, use: {policy: performance}}
default: {use: {model: small}}
"""


@dataclass(frozen=True, slots=True)
class Logged:
    """A warehouse with a run of eight questions by rules, one by random and one whose texts were not stored."""

    installation: Installation

    def suppose(self, rules: str, *, name: str = "new.yaml") -> WhatIf:
        file = self.installation.folder / name
        file.write_text(rules)
        return what_if(file, catalog=None, since=LONG_AGO, settings=load_settings(), home=self.installation.home)


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Logged]:
    folder = tmp_path_factory.mktemp("supposed")
    with pytest.MonkeyPatch.context() as environment, ScriptedProvider(default="echo") as provider:
        for name, value in {**variables_of(folder), KEY_VARIABLE: "sk-test"}.items():
            environment.setenv(name, value)
        installation = write_installation(folder, base_url=provider.base_url, job=JOB)
        (folder / "rules.yaml").write_text(RULES)
        run_whole(installation.request(budget_usd="0.1"))
        run_whole(installation.request(run_id="run-random", policy="random"))
        environment.setenv("POINTSMAN_STORE_TEXT", "none")
        run_whole(installation.request(run_id="run-hidden", policy="rules"))
        land(installation.home)
        yield Logged(installation)


def test_the_rules_that_were_in_force_move_nothing(logged: Logged) -> None:
    told = logged.suppose(RULES)
    supposition = told.supposition
    assert (supposition.calls, supposition.moved, supposition.undecidable_by_state) == (16, 0, 0)
    assert supposition.undecidable_by_text == 8  # whose rule reads the text
    assert told.left_out == {"random": 8}
    explored = query(logged.installation.home, "SELECT DISTINCT model FROM decisions WHERE rule = 'learned'").rows
    assert {model for (model,) in explored} == {"small", "large"}  # what was tried is tried again


def test_moves_are_told_with_what_they_change(logged: Logged) -> None:
    supposition = logged.suppose("default: {use: {model: large}}\n").supposition
    n_small = query(
        logged.installation.home, "SELECT count(*) FROM decisions WHERE policy = 'rules' AND model = 'small'"
    ).rows[0][0]
    (move,) = supposition.moves
    assert (move.task_type, move.source, move.target, move.calls) == ("generate", "small", "large", n_small)
    assert supposition.moved == n_small
    assert supposition.without_evidence == 0
    cost, quality, latency = supposition.changes
    # The provider counts tokens alike for both models: of prices ten and fifteen times as high.
    assert cost.before is not None
    assert cost.after is not None
    assert 10 * cost.before < cost.after < 15 * cost.before
    assert cost.low is not None
    assert cost.high is not None
    assert cost.change is not None
    assert cost.low <= cost.change <= cost.high
    assert (quality.before, quality.after, quality.change) == (1.0, 1.0, 0.0)
    assert latency.compared_calls == n_small


def test_what_is_refused_and_what_needs_no_text_is_decided(logged: Logged) -> None:
    refusing = "rules: [{name: none, when: {job: ducks}, use: {refuse: not today}}]\ndefault: {use: {model: small}}\n"
    supposition = logged.suppose(refusing).supposition
    assert (supposition.moved, supposition.undecidable_by_text) == (16, 0)
    assert {move.target for move in supposition.moves} == {None}
    assert [change.compared_calls for change in supposition.changes] == [0, 0, 0]


ASKING = "rules: [{{name: new, when: {when}, use: {{refuse: never}}}}]\ndefault: {{use: {{model: small}}}}\n"


@pytest.mark.parametrize(("when", "n_refused"), [("{language: en}", 8), ("{language: de}", 0), ("{category: food}", 4)])
def test_what_the_rules_did_not_ask_then_is_read_from_texts_that_are_stored(
    logged: Logged, monkeypatch: pytest.MonkeyPatch, when: str, n_refused: int
) -> None:
    folder = logged.installation.folder / "examples"
    folder.mkdir(exist_ok=True)
    (folder / "food.yaml").write_text(
        'category: food\nkeywords: ["0 o\'clock", "1 o\'clock", "2 o\'clock", "3 o\'clock"]\n'
    )
    monkeypatch.setenv("POINTSMAN_EXAMPLES", str(folder))
    supposition = logged.suppose(ASKING.format(when=when)).supposition
    assert supposition.undecidable_by_text == 8  # whose texts are not stored
    assert sum(move.calls for move in supposition.moves if move.target is None) == n_refused


def test_fields_that_the_rules_did_not_ask_for_then_are_not_known(logged: Logged) -> None:
    assert logged.suppose(ASKING.format(when="{fields: {tier: gold}}")).supposition.undecidable_by_text == 16


def test_a_model_that_came_into_the_catalogue_since_is_there_for_rules_that_name_it(logged: Logged) -> None:
    catalogue = logged.installation.catalogue
    before = catalogue.read_text()
    assert logged.suppose("default: {use: {model: large}}\n").under_current == 0
    catalogue.write_text(before + before.removeprefix("\nmodels:").replace("small", "new").replace("large", "newer"))
    try:
        told = logged.suppose("default: {use: {shortlist: [new, small]}}\n")
    finally:
        catalogue.write_text(before)
    assert told.under_current == told.supposition.moved == told.supposition.without_evidence == 16
    assert {move.target for move in told.supposition.moves} == {"new"}


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str, str]:
    with pytest.raises(SystemExit) as exit_:
        main(("whatif", *arguments))
    out, err = capsys.readouterr()
    return exit_.value.code, out, err


def test_the_command_tells_all_on_one_screen(logged: Logged, capsys: pytest.CaptureFixture[str]) -> None:
    file = Path(logged.installation.folder / "large.yaml")
    file.write_text("default: {use: {model: large}}\n")
    code, out, err = run(capsys, "--rules", str(file), "--since", "1d")
    assert (code, err) == (0, "")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert lines[0].endswith("each under its catalogue:")
    assert "left out, as no rule decided them: 8 by random" in lines
    assert any(line.startswith("generate small large") for line in lines)
    assert any(line.startswith("cost, USD in all") for line in lines)
    assert lines[-1].startswith("without evidence: 0 of the moved calls (0.0%)")
    code, out, _ = run(capsys, "--rules", str(file), "--since", "2020-01-01", "--json")
    assert (code, json.loads(out)["whatif"]["supposition"]["calls"]) == (0, 16)


@pytest.mark.parametrize("since", ["yesterday", "7", "0x7d", "99999999d", "2026-13-01"])
def test_a_period_that_is_none_is_refused(logged: Logged, since: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "--rules", str(logged.installation.folder / "rules.yaml"), "--since", since)
    assert code == 2
    assert err.startswith("pointsman: --since: must be a period such as 7d")
    assert run(capsys, "--rules", "/nowhere.yaml")[0] == 2
