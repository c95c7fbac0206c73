"""Whether a completion's text is an answer: there, and in the shape that the step asks for."""

from __future__ import annotations

from policies.errors import WorkFailedError
from tasks.jobs.context import RenderError
from tasks.jobs.outputs import Schema, parse_json, schema_problem


class RejectedAnswerError(WorkFailedError):
    """The model answered, but not with what the step asks for."""


def read_answer(text: str, *, schema: Schema | None) -> object:
    """The answer as text, or as the JSON value that fits `schema`; raises `RejectedAnswerError` that says why not."""
    if not text.strip():
        raise RejectedAnswerError("the answer is empty")
    if schema is None:
        return text.strip()
    try:
        value = parse_json(text)
    except RenderError as error:
        raise RejectedAnswerError(f"the answer is not JSON: {error}") from error
    if (problem := schema_problem(value, schema)) is not None:
        raise RejectedAnswerError(f"the answer does not fit the schema: {problem}")
    return value
