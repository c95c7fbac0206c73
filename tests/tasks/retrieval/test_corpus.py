"""Which corpus specifications are accepted, and that each refusal says why."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tasks.retrieval.corpus import CorpusSpec


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({}, "exactly one of folder and builder"),
        ({"folder": "docs", "builder": "python_stdlib"}, "exactly one of folder and builder"),
        ({"builder": "tasks.retrieval.stdlib:list_entries"}, "python_stdlib"),
        ({"builder": "os.system"}, "python_stdlib"),
        ({"folder": ""}, "at least 1 character"),
        ({"folder": "a\x00b"}, "NUL"),
        ({"folder": 3}, "valid string"),
        ({"folder": "docs", "chunk_characters": 99}, "greater than or equal to 100"),
        ({"folder": "docs", "chunk_characters": 20_001}, "less than or equal to 20000"),
        ({"folder": "docs", "chunk_characters": "many"}, "valid integer"),
        ({"folder": "docs", "overlap_characters": -1}, "greater than or equal to 0"),
        ({"folder": "docs", "chunk_characters": 200, "overlap_characters": 101}, "at most half"),
        ({"folder": "docs", "method": "magic"}, "'fused', 'lexical' or 'dense'"),
        ({"folder": "docs", "on_unreadable": "ignore"}, "'error' or 'skip'"),
        ({"folder": "docs", "rerank": 101}, "less than or equal to 100"),
        ({"folder": "docs", "import": "x"}, "Extra inputs"),
    ],
)
def test_refuses_a_specification_that_is_not_one(fields: dict[str, object], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        CorpusSpec.model_validate(fields)


def test_a_folder_alone_is_enough() -> None:
    assert CorpusSpec.model_validate({"folder": "docs"}).method == "fused"
