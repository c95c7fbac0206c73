"""Whether a completion's text is an answer: there, and in the shape that the step asks for."""

from __future__ import annotations

import json
from collections.abc import Mapping

import jsonschema
from jsonschema.exceptions import best_match

from policies.errors import WorkFailedError


class RejectedAnswerError(WorkFailedError):
    """The model answered, but not with what the step asks for."""


def read_answer(text: str, *, schema: Mapping[str, object] | None) -> object:
    """The answer as text, or as the JSON value that fits `schema`; raises `RejectedAnswerError` that says why not."""
    if not text.strip():
        raise RejectedAnswerError("the answer is empty")
    if schema is None:
        return text.strip()
    try:
        value = json.loads(text, parse_constant=refuse_constant)
    except ValueError as error:
        raise RejectedAnswerError(f"the answer is not JSON: {error}") from error
    mismatch = best_match(jsonschema.Draft202012Validator(schema).iter_errors(value))
    if mismatch is not None:
        raise RejectedAnswerError(
            f"the answer does not fit the schema at {mismatch.json_path}: {mismatch.message[:200]}"
        )
    return value


def refuse_constant(name: str) -> object:
    """NaN and the infinities are not JSON, though Python's reader takes them."""
    raise ValueError(f"{name} is not a JSON value")
