"""`pointsman import` as a user meets it: what it prints, its exit codes, and imported calls in the other commands."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.cli import main

EXPORTS = Path(__file__).parents[1] / "exports"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(settings_home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command; gives its exit code, output and error."""

    def call(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as exit_:
            main([str(argument) for argument in arguments])
        return (int(exit_.value.code or 0), *capsys.readouterr())

    return call


def test_an_import_tells_what_it_did(run) -> None:
    code, out, err = run("import", "litellm-spend-logs", EXPORTS / "litellm_spend_logs.csv")
    assert (code, err) == (0, "")
    words = " ".join(out.split())
    assert words.startswith("9 rows: 7 imported as import-litellm-spend-logs-")
    assert "1 left out (call type aretrieve_batch)" in words
    assert "cost 0.002728600 USD, 1 of unknown cost" in words
    assert "my-finetune" in words


def test_json_has_every_count(run) -> None:
    arguments = ("import", "langfuse", EXPORTS / "langfuse_observations.jsonl", "--json")
    _, out, _ = run(*arguments, "--scores", EXPORTS / "langfuse_scores.jsonl")
    summary = json.loads(out)
    assert (summary["imported"], summary["scores_imported"], summary["cost_usd"]) == (4, 3, "0.000012000")
    _, again, _ = run(*arguments)
    assert (json.loads(again)["imported"], json.loads(again)["known"]) == (0, 4)


def test_bad_rows_exit_2_with_one_line_and_skipping_them_lists_them(run, settings_home: Path, tmp_path: Path) -> None:
    good = (EXPORTS / "langfuse_observations.jsonl").read_text()
    file = tmp_path / "obs.jsonl"
    file.write_text(
        good + good.splitlines()[0].replace("obs-b1", "obs-b9").replace('"input": 30', '"input": "x"') + "\n"
    )
    code, out, err = run("import", "langfuse", file)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"pointsman: {file}:5: usageDetails.input: must be a count; --skip-bad imports the other 4")
    assert not settings_home.exists()
    code, out, _ = run("import", "langfuse", file, "--skip-bad")
    assert code == 0
    assert "1 bad ones skipped" in " ".join(out.split())
    assert "usageDetails.input" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("openai-usage", "openai_usage.json", "--score", "a=check"), "--score: means nothing for openai-usage"),
        (("langfuse", "langfuse_observations.json", "--account", "eu"), "--account: means nothing for langfuse"),
        (("langfuse", "langfuse_observations.json", "--score", "a"), "--score: must be NAME=SOURCE"),
        (("helicone", "langfuse_observations.json"), "Invalid value for 'SOURCE'"),
    ],
)
def test_options_that_mean_nothing_are_refused(run, arguments: tuple[str, ...], said: str) -> None:
    source, name, *options = arguments
    code, out, err = run("import", source, EXPORTS / name, *options)
    assert (code, out) == (2, "")
    assert said in err


def test_an_imported_call_can_be_explained_and_its_import_reported(run) -> None:
    _, out, _ = run(
        "import", "langfuse", EXPORTS / "langfuse_observations.json", "--score", "correctness=check", "--json"
    )
    run_id = json.loads(out)["run_id"]
    _, out, _ = run("query", "SELECT call_id FROM calls WHERE foreign_id = 'obs-1'", "--json")
    code, out, _ = run("explain", json.loads(out)[0]["call_id"])
    assert code == 0
    assert "imported from langfuse, where it is obs-1: its model was not chosen here" in out
    assert "correctness" in out
    code, out, _ = run("report", run_id)
    assert code == 0
    assert "7 calls, 7 attempts" in " ".join(out.split())
