"""One batch under several policies: a run each, paired differences, and what can't be compared."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from flows.cli import main
from flows.commands.comparing import listed, tell
from flows.comparison import compare_runs
from policies.errors import BadInputError
from tests.fakes.calls import KEY_VARIABLE
from tests.fakes.installations import Installation, variables_of, write_installation
from tests.fakes.provider import ScriptedProvider

JOB = """
name: ducks
input: {text_fields: [question]}
steps:
  - name: draft
    kind: llm
    task_type: rewrite
    prompt: "{{ item.question }}"
  - name: answer
    kind: llm
    task_type: generate
    prompt: "{{ item.question }}"
    scorers: [{scorer: regex, pattern: "weeds"}]
"""


def answer(body: Mapping[str, object]) -> str:
    """The small model knows what ducks eat at even hours."""
    is_even = any(f"at {n} " in json.dumps(body) for n in (0, 2, 4, 6))
    return "weeds" if body["model"] == "large" or is_even else "stones"


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefect_server: None) -> Iterator[Installation]:
    with ScriptedProvider(answer=answer) as provider:
        for name, value in {**variables_of(tmp_path), KEY_VARIABLE: "sk-test"}.items():
            monkeypatch.setenv(name, value)
        written = write_installation(tmp_path, base_url=provider.base_url, job=JOB)
        stronger = "- name: large\n    prior_quality: {default: 0.9}"
        written.catalogue.write_text(written.catalogue.read_text().replace("- name: large", stronger))
        yield written


@pytest.mark.prefect
def test_policies_are_compared_item_by_item(installation: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    policies = "fixed:small,strongest,random"
    arguments = [str(installation.job), "--input", str(installation.batch), "--policies", policies]
    with pytest.raises(SystemExit) as ended:
        main(["compare", *arguments, "--run-id", "side", "--json"])
    assert ended.value.code == 0
    told = json.loads(capsys.readouterr().out)
    fared = {one["policy"]: one for one in told["fared"]}
    assert told["step"] == "answer"
    assert [(fared[p]["quality"], fared[p]["n_items"]) for p in ("fixed:small", "strongest")] == [(0.5, 8), (1.0, 8)]
    (large, *_) = told["against"]
    assert (large["policy"], large["other"]) == ("strongest", "fixed:small")
    assert large["quality"]["mean"] == 0.5
    assert 0 < large["quality"]["low"] < 0.5 < large["quality"]["high"] < 1
    per_item = (Decimal(fared["strongest"]["cost_usd"]) - Decimal(fared["fixed:small"]["cost_usd"])) / 8
    assert large["cost_usd"]["mean"] == pytest.approx(float(per_item))
    headlines = {one["policy"]: one for one in told["headlines"]}
    spent = {p: Decimal(fared[p]["cost_usd"]) for p in fared}
    for policy, one in headlines.items():
        assert one["quality_ratio"] == pytest.approx(fared[policy]["quality"] / fared["strongest"]["quality"])
        saved = {"share": pytest.approx(float(1 - spent[policy] / spent["random"])), "evidence": "run"}
        assert one["saving_against_random"] == saved
    assert [fared[policy]["strongest_share"] for policy in ("strongest", "fixed:small")] == [1, 0]
    assert 0 < fared["random"]["strongest_share"] < 1
    assert headlines["strongest"]["is_equal"] is True
    assert headlines["fixed:small"]["is_good_enough"] is False
    runs = {policy: one["run_id"] for policy, one in fared.items()}
    tell(compare_runs(installation.home, runs, step="answer", is_scored=True, sizes_m={"small": 1.0, "large": 70.0}))
    table = capsys.readouterr().out
    assert "Item by item, less fixed:small" in table
    assert "times as fast" in table
    assert "Below 95 % of its quality, so without a share of calls: fixed:small" in table
    alone = {policy: runs[policy] for policy in ("fixed:small", "random")}
    tell(compare_runs(installation.home, alone, step="answer", is_scored=True, sizes_m={}))
    assert " predicted" in capsys.readouterr().out


@pytest.mark.parametrize("policies", ["rules", "", "rules,", "rules,rules", "rules, rules"])
def test_two_policies_at_least_and_none_twice(policies: str) -> None:
    with pytest.raises(BadInputError, match="--policies"):
        listed(policies)


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (["--policies", "rules,best"], "must be rules, strongest"),
        (
            ["--policies", "rules,cheapest", "--step", "retrieve"],
            "--step: is no llm step of the job; there are draft, answer",
        ),
        (["--policies", "rules,fixed:huge"], "unknown model"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], more: list[str], problem: str
) -> None:
    for name, value in {**variables_of(tmp_path), KEY_VARIABLE: "sk-test"}.items():
        monkeypatch.setenv(name, value)
    installation = write_installation(tmp_path, base_url="http://127.0.0.1:9", job=JOB)
    with pytest.raises(SystemExit) as ended:
        main(["compare", str(installation.job), "--input", str(installation.batch), *more])
    assert ended.value.code == 2
    assert problem in capsys.readouterr().err
    assert not installation.home.runs.exists()
