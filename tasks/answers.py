"""Whether a completion's text is an answer: there, and in the shape that the step asks for."""

from __future__ import annotations

from typing import Literal, TypeAlias

from policies.errors import WorkFailedError
from tasks.jobs.blanks import is_blank
from tasks.jobs.context import RenderError
from tasks.jobs.outputs import Schema, parse_json, schema_problem

Check: TypeAlias = Literal["json_schema", "non_empty"]


class RejectedAnswerError(WorkFailedError):
    """The model answered, but not with what the step asks for; `check` is the scorer that would say the same."""

    def __init__(self, problem: str, *, check: Check) -> None:
        self.check = check
        super().__init__(problem)


def read_answer(text: str, *, schema: Schema | None) -> object:
    """The answer as text, or as the JSON value that fits `schema`; raises `RejectedAnswerError` that says why not."""
    if is_blank(text):
        raise RejectedAnswerError("the answer is empty", check="non_empty")
    if schema is None:
        return text.strip()
    try:
        value = parse_json(text)
    except RenderError as error:
        raise RejectedAnswerError(f"the answer is not JSON: {error}", check="json_schema") from error
    if (problem := schema_problem(value, schema)) is not None:
        raise RejectedAnswerError(f"the answer does not fit the schema: {problem}", check="json_schema")
    return value
