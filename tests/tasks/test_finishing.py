"""What a completed run leaves behind: its outputs, and nothing that only an unfinished run needs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from policies.errors import BadInputError
from tasks.closed import Closed
from tasks.finishing import finish_run, finished_run, tidy_run
from tasks.run_folder import RunFolder
from tests.fakes.calls import KEY_VARIABLE
from tests.fakes.installations import JOB, Installation, open_folder, run_whole, variables_of, write_installation
from tests.fakes.provider import ScriptedProvider
from warehouse.landing import land
from warehouse.query import query

KEY = "sk-" + "proj-" + "abcdefgh12345678"
MODES = ("full", "hash", "none")

Finish = Callable[..., tuple[Installation, RunFolder, Closed]]


def answer(body: Mapping[str, object]) -> str:
    return json.dumps({"quote": "ducks eat weeds"}) if "response_format" in body else "ducks eat weeds"


@pytest.fixture
def finish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, landed_home: Callable[[Path], Path]) -> Finish:
    """Runs the job of three steps to its end, under a `store_text`, and finishes it."""
    landed_home(tmp_path / "home")

    def run(*, store_text: str = "full", job: str = JOB) -> tuple[Installation, RunFolder, Closed]:
        with ScriptedProvider(answer=answer) as provider:
            for name, value in {**variables_of(tmp_path), KEY_VARIABLE: "sk-test"}.items():
                monkeypatch.setenv(name, value)
            monkeypatch.setenv("POINTSMAN_STORE_TEXT", store_text)
            installation = write_installation(tmp_path, base_url=provider.base_url, job=job, n_items=3)
            closed = run_whole(installation.request())
        folder = RunFolder(Path(closed.outputs).parent)
        finish_run(folder, closed)
        land(installation.home)
        return installation, folder, closed

    return run


def test_outputs_stay_and_the_steps_files_go(finish: Finish) -> None:
    _, folder, closed = finish()
    assert sorted(path.name for path in folder.path.iterdir()) == [
        "catalog.yaml", "corpora", "finished.json", "job.yaml", "manifest.json", "outputs.jsonl", "rules.yaml",
    ]  # fmt: skip
    rows = [json.loads(line) for line in folder.outputs.read_text().splitlines()]
    assert [row["outputs"]["answer"] for row in rows] == ["ducks eat weeds"] * 3
    assert finished_run(folder) == closed


@pytest.mark.parametrize("store_text", MODES)
def test_what_is_on_disk_of_texts_is_what_store_text_says(finish: Finish, store_text: str) -> None:
    installation, folder, _ = finish(store_text=store_text)
    facts = query(
        installation.home,
        "SELECT prompt_text, response_text, prompt_hash FROM attempts WHERE step = 'answer'",
    ).rows
    details = {detail for (detail,) in query(installation.home, "SELECT detail FROM scores").rows}
    for prompt, response, prompt_hash in facts:
        kept = (str(prompt), str(response))
        if store_text == "full":
            assert "What do ducks eat" in kept[0]
            assert kept[1] == "ducks eat weeds"
        else:
            assert {text[:7] for text in kept} == ({"sha256:"} if store_text == "hash" else {"None"})
        assert (prompt_hash is None) == (store_text == "none")
    assert (details == {None}) == (store_text == "none")
    if store_text != "full":  # the file that was asked for is the only place
        telling = [b"What do ducks eat", b"eat weeds"]
        found = {path.name for path in installation.home.root.rglob("*") if path.is_file() and has(path, telling)}
        assert found == {folder.outputs.name}


def has(path: Path, texts: list[bytes]) -> bool:
    content = path.read_bytes()
    return any(text in content for text in texts)


def test_a_finished_run_that_is_opened_again_stays_as_it_is(finish: Finish) -> None:
    installation, folder, closed = finish()
    before = {path: path.stat().st_mtime_ns for path in folder.path.rglob("*")}
    assert open_folder(installation.request()) == str(folder.path)
    assert open_folder(installation.request(budget_usd="7")) == str(folder.path)
    assert {path: path.stat().st_mtime_ns for path in folder.path.rglob("*")} == before
    with pytest.raises(BadInputError, match="another seed"):
        open_folder(installation.request(seed=7))
    assert finished_run(folder) == closed


def test_secrets_in_what_a_run_pinned_are_masked_once_it_is_finished(finish: Finish) -> None:
    job = JOB.replace("Question:", f"Use {KEY}. Question:", 1)
    installation, folder, _ = finish(job=job)
    assert KEY not in folder.job.read_text()
    assert "Use [redacted]. Question:" in folder.job.read_text()
    assert KEY in installation.job.read_text()  # the user's own file is the user's
    open_folder(installation.request())


def test_a_process_that_died_while_tidying_leaves_the_rest_to_the_next(finish: Finish) -> None:
    _, folder, closed = finish()
    (folder.chunks / "000001").mkdir(parents=True)
    (folder.chunks / "000001" / "answer.journal.jsonl").write_text("{}")
    tidy_run(folder)
    assert not folder.chunks.exists()
    assert finished_run(folder) == closed


def test_a_damaged_note_of_the_end_is_told(finish: Finish) -> None:
    _, folder, _ = finish()
    folder.finished.write_text("{")
    with pytest.raises(BadInputError, match=r"finished\.json: the run's note of its end is damaged"):
        finished_run(folder)


def test_an_unfinished_run_is_not_finished(tmp_path: Path) -> None:
    assert finished_run(RunFolder(tmp_path)) is None
