"""Checkpoints are there whole or not at all, and are read back as they were written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.jobs.steps import TransformStep
from tasks.results import StepResult, load_results, load_states, save_results, settle_failure
from tasks.run_folder import RunFolder, read_lines, write_bytes, write_lines


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """A run with one chunk of three items."""
    run = RunFolder(tmp_path / "run-1")
    write_lines(run.items(0), [{"item_id": i, "fields": {"n": n}} for n, i in enumerate(("b", "a", "c"))])
    return run


def test_rows_are_read_back_as_they_were(tmp_path: Path) -> None:
    rows = [{"a": 1, "b": [None, "ü\u2028"]}, {}]
    write_lines(tmp_path / "new" / "rows.jsonl", rows)
    assert list(read_lines(tmp_path / "new" / "rows.jsonl")) == rows


def test_a_write_that_fails_leaves_the_old_file_whole(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    write_lines(path, [{"n": 1}])
    with pytest.raises(TypeError):
        write_lines(path, [{"n": 2}, {"n": object()}])
    assert list(read_lines(path)) == [{"n": 1}]


def test_a_write_in_progress_is_never_seen_under_the_files_name(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    inode = None
    for n in range(3):
        write_bytes(path, b"%d\n" % n)
        assert path.stat().st_ino != inode  # another file takes the name: nobody can see half of it
        inode = path.stat().st_ino
    assert [child.name for child in tmp_path.iterdir()] == ["rows.jsonl"]


def test_states_come_in_the_batchs_order_whatever_the_results_order(folder: RunFolder) -> None:
    save_results(folder, 0, step="one", results=[StepResult(i, "ok", i.upper()) for i in ("c", "b", "a")])
    states = load_states(folder, 0, steps=["one", "two"])
    assert [state.item_id for state in states] == ["b", "a", "c"]
    assert [state.outputs for state in states] == [{"one": "B"}, {"one": "A"}, {"one": "C"}]


def test_a_step_that_has_not_finished_has_no_results(folder: RunFolder) -> None:
    assert load_results(folder, 0, step="one") == {}
    assert [state.results for state in load_states(folder, 0, steps=["one"])] == [{}, {}, {}]


def test_results_are_read_back_as_they_were(folder: RunFolder) -> None:
    results = [
        StepResult("a", "ok", {"quote": ["x", 1.5, None]}, "call-1", "small"),
        StepResult("b", "failed", call_id="call-2", error="no"),
    ]
    save_results(folder, 0, step="one", results=results)
    assert load_results(folder, 0, step="one") == {"a": results[0], "b": results[1]}


def step_with(on_error: str, **fields: object) -> TransformStep:
    content = {"name": "trim", "kind": "transform", "operator": "strip", "of": "item.n", "on_error": on_error}
    return TransformStep.model_validate({**content, **fields})


@pytest.mark.parametrize(
    ("step", "status", "output"),
    [
        (step_with("fail_item"), "failed", None),
        (step_with("skip"), "skipped", None),
        (step_with("fallback_text", fallback_text="unknown"), "substituted", "unknown"),
    ],
)
def test_a_failure_leaves_behind_what_the_step_says(step: TransformStep, status: str, output: str | None) -> None:
    result = settle_failure(step, "a", error="no", call_id="call-1")
    assert (result.status, result.output, result.error, result.call_id) == (status, output, "no", "call-1")


def test_an_item_has_failed_when_one_step_gave_it_up(folder: RunFolder) -> None:
    results = [StepResult("a", "failed"), StepResult("b", "skipped"), StepResult("c", "substituted", "x")]
    save_results(folder, 0, step="one", results=results)
    assert [state.is_failed for state in load_states(folder, 0, steps=["one"])] == [False, True, False]
