"""What a scorer gets and gives: a sample in, a verdict out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import isfinite

from pydantic import JsonValue

from tasks.jobs.context import Context, RenderError, plain, resolve
from tasks.jobs.outputs import parse_json
from tasks.scorers.specs import ScorerSpec


@dataclass(frozen=True, slots=True)
class Verdict:
    """A score in [0, 1], and why in a few words."""

    score: float
    detail: str

    def __post_init__(self) -> None:
        if not (isfinite(self.score) and 0 <= self.score <= 1):
            raise ValueError(f"a score must be in [0, 1], not {self.score}")


@dataclass(frozen=True)
class Sample:
    """One output to be judged: by which scorer, of which item, against which schema (None where there is none).

    `output` is what the step made: a text, a JSON value or a list of passages.
    """

    spec: ScorerSpec
    output: object
    context: Context
    schema: Mapping[str, JsonValue] | None = None

    @cached_property
    def value(self) -> JsonValue:
        """The output as JSON types; for a text that is JSON, what it says, else the text."""
        value = plain(self.output)
        if not isinstance(value, str) or not value.strip().startswith(("{", "[", "```")):
            return value
        try:
            return parse_json(value)
        except RenderError:
            return value

    @cached_property
    def text(self) -> str:
        """The text to judge: the output's, or that of its field `spec.field` ("" where the output lacks it)."""
        if self.spec.field is None:
            return text_of(plain(self.output))
        return text_of(self.value.get(self.spec.field)) if isinstance(self.value, Mapping) else ""

    def texts_at(self, reference: str | None) -> tuple[str, ...]:
        """The texts that `reference` points at, a list giving several; empty where there is nothing to compare with."""
        try:
            value = plain(resolve(reference, self.context)) if reference is not None else None
        except RenderError:
            return ()
        members = value if isinstance(value, list) else [value]
        return tuple(text for text in map(text_of, members) if text.strip())


def text_of(value: JsonValue) -> str:
    """A JSON value as the text that a reader would compare: null is "", and structures are JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
