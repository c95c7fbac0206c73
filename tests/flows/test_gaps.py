"""What a corpus had to be built without is told before a run, after it, in its artifact and to programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from flows.cli import main
from flows.gaps import gap_lines, gaps_in_markdown
from tasks.pinned_corpora import Gap
from tests.fakes.calls import KEY_VARIABLE
from tests.fakes.installations import JOB, Installation, variables_of, write_installation
from tests.fakes.provider import ScriptedProvider

Command = Callable[..., str]
LENIENT = JOB.replace("method: lexical", "method: lexical, on_unreadable: skip")
LINES = [
    "2 documents were left out of the corpora:",
    "  pond: bad.txt: line 1 is not UTF-8 text",
    "  pond: empty.html: holds no text",
]
GAPS = [
    {"corpus": "pond", "document": "bad.txt", "reason": "line 1 is not UTF-8 text"},
    {"corpus": "pond", "document": "empty.html", "reason": "holds no text"},
]


def answer(body: Mapping[str, object]) -> str:
    return json.dumps({"quote": "eat weeds"}) if "response_format" in body else "Ducks eat weeds"


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """One whose corpus has a document that is no text and one without text, and skips what it can't read."""
    for name, value in {**variables_of(tmp_path), KEY_VARIABLE: "sk-test"}.items():
        monkeypatch.setenv(name, value)
    installation = write_installation(tmp_path, base_url="http://127.0.0.1:9/v1", job=LENIENT, n_items=2)
    (tmp_path / "pond" / "bad.txt").write_bytes(b"\xff")
    (tmp_path / "pond" / "empty.html").write_text("<script>render()</script>")
    return installation


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs the command line; gives what it printed."""

    def run(*arguments: object) -> str:
        capsys.readouterr()
        with pytest.raises(SystemExit) as exit_:
            main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        assert exit_.value.code == 0, printed.err
        return printed.out

    return run


def test_a_plan_and_a_check_tell_which_documents_a_run_would_do_without(
    installation: Installation, command: Command
) -> None:
    plan = ("plan", installation.job, "--input", installation.batch)
    assert command(*plan).splitlines()[-3:] == LINES
    assert json.loads(command(*plan, "--json"))["documents_left_out"] == GAPS
    assert set(LINES) <= set(command("check", installation.job).splitlines())
    assert json.loads(command("check", installation.job, "--json"))["documents_left_out"] == GAPS


def test_nothing_is_said_where_every_document_is_there(installation: Installation, command: Command) -> None:
    for name in ("bad.txt", "empty.html"):
        (installation.folder / "pond" / name).unlink()
    plan = ("plan", installation.job, "--input", installation.batch)
    assert "left out" not in command(*plan)
    assert json.loads(command(*plan, "--json"))["documents_left_out"] == []


@pytest.mark.prefect
def test_a_run_and_its_report_and_artifact_tell_which_documents_it_did_without(
    installation: Installation, command: Command, prefect_server: None
) -> None:
    with ScriptedProvider(answer=answer) as provider:
        text = installation.catalogue.read_text().replace("http://127.0.0.1:9/v1", provider.base_url)
        installation.catalogue.write_text(text)
        run = ("run", installation.job, "--input", installation.batch, "--run-id")
        assert command(*run, "built").splitlines()[-3:] == LINES
        assert json.loads(command(*run, "from-cache", "--json"))["documents_left_out"] == GAPS
    (installation.folder / "pond" / "bad.txt").unlink()  # the report is of what the run had
    assert set(LINES) <= set(command("report", "from-cache").splitlines())
    assert json.loads(command("report", "built", "--json"))["documents_left_out"] == GAPS
    summary = latest_summary()
    assert "2 documents were left out of the corpora:\n\n- `pond: bad.txt: line 1 is not UTF-8 text`" in summary


def latest_summary() -> str:
    """The newest version of the job's summary in Prefect."""
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        return str(client.request("GET", "/artifacts/ducks-summary/latest").json()["data"])


def test_a_long_list_is_cut_and_says_so() -> None:
    gaps = [Gap("pond", f"{n:03d}.txt", "holds no text") for n in range(120)]
    lines = gap_lines(gaps, limit=10)
    assert (lines[0], len(lines), lines[-1]) == ("120 documents were left out of the corpora:", 12, "and 110 more")
    assert gap_lines(gaps[:1], limit=10) == ["1 document was left out of the corpora:", "pond: 000.txt: holds no text"]
    assert len(gaps_in_markdown(gaps)) == 104


def test_a_name_made_to_look_like_markup_stays_a_name() -> None:
    gap = Gap("pond", "`[x](http://evil)`<script>\n# Heading\x1b[31m.txt", "holds no text")
    assert gaps_in_markdown([gap])[2] == "- `pond: '[x](http://evil)'<script> # Heading�[31m.txt: holds no text`"
