"""A request reaches the flow as it is; what Prefect and the run's folder keep of it is without secrets."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from policies.errors import BadInputError
from tasks.drafting import without_items
from tasks.manifest import folder_of
from tasks.redaction.redactor import MASK
from tasks.run_request import RunRequest

KEY = "sk-" + "proj-" + "abcdefgh12345678"
REQUEST = RunRequest(job=f"/tmp/{KEY}.yaml", items=({"item_id": "a", "question": f"is {KEY} good?"},), run_id="r-1")


def test_the_request_itself_is_as_it_was_given() -> None:
    assert REQUEST.items is not None
    assert REQUEST.items[0]["question"] == f"is {KEY} good?"
    assert REQUEST.job == f"/tmp/{KEY}.yaml"


def test_written_down_it_is_masked_and_still_a_request() -> None:
    for written in (REQUEST.model_dump_json(), str(REQUEST.model_dump(mode="json"))):
        assert KEY not in written
        assert MASK in written
    assert RunRequest.model_validate_json(REQUEST.model_dump_json()).run_id == "r-1"


def test_a_run_keeps_no_second_copy_of_the_items() -> None:
    kept = without_items(REQUEST).model_dump_json()
    assert "good?" not in kept
    assert RunRequest.model_validate_json(kept).items == ()
    of_a_file = RunRequest(job="job.yaml", input="batch.jsonl")
    assert without_items(of_a_file) is of_a_file


def test_neither_its_repr_nor_a_complaint_about_it_repeats_the_items() -> None:
    assert "good?" not in repr(REQUEST)
    with pytest.raises(ValidationError) as raised:
        RunRequest.model_validate({"job": "job.yaml", "items": KEY, "sample": KEY})
    assert KEY not in str(raised.value)


def test_a_runs_name_may_be_no_credential(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="run_id: looks like a credential"):
        folder_of(tmp_path, KEY)
