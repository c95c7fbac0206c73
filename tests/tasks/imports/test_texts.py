"""Prompts and answers as tools record them, told as texts."""

from __future__ import annotations

import json

import pytest

from tasks.imports.texts import prompt_of, response_of


@pytest.mark.parametrize(
    ("field", "text"),
    [
        (None, None),
        ({}, None),
        ([], None),
        ("", None),
        ("plain", "plain"),
        ("{not json", "{not json"),
        ("[" * 100_000, "[" * 100_000),
        ([{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "a\n\nb"),
        ('[{"role":"user","content":"a"}]', "a"),
        ({"messages": [{"role": "developer", "content": "a"}, {"role": "tool", "content": "b"}]}, "a\n\nb"),
        ([{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}], "a\nb"),
        ({"prompt": "a", "temperature": 0}, "a"),
        ({"question": "a"}, '{"question": "a"}'),
        (["a", "b"], "a\nb"),
    ],
)
def test_a_prompt_is_told_as_text(field: object, text: str | None) -> None:
    hash_, found = prompt_of(None if field is None else json.dumps(field))
    assert found == text
    assert (hash_ is None) == (text is None)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        (None, None),
        ({}, None),
        ({"id": None, "choices": None}, None),
        ("plain", "plain"),
        ({"role": "assistant", "content": "a"}, "a"),
        ({"choices": [{"message": {"role": "assistant", "content": "a"}}]}, "a"),
        ({"choices": [{"text": "a"}, {"text": "b"}]}, "a\nb"),
        ({"output": [{"type": "message", "content": [{"type": "output_text", "text": "a"}]}]}, "a"),
        ({"data": [{"embedding": [0.1]}]}, '{"data": [{"embedding": [0.1]}]}'),
        (0.5, "0.5"),
    ],
)
def test_an_answer_is_told_as_text(field: object, text: str | None) -> None:
    assert response_of(None if field is None else json.dumps(field)) == text
