"""A rubric file: what a judge looks at, on which scale; and the shape of its verdict."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from policies.documents import Document, locate_document
from policies.errors import BadInputError
from tasks.jobs.names import FieldName
from tasks.scorers.specs import USABLE

REASON, WINNER = "reason", "winner"
MAX_REASON = 2_000
Text: TypeAlias = Annotated[str, Field(min_length=1, max_length=4_000)]
Winner: TypeAlias = Literal["first", "second", "tie"]


class Criterion(BaseModel):
    """One thing that a judge looks at."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: FieldName = Field(description="Its name in the judge's verdict.")
    asks: Text = Field(description="What the judge asks itself of the answer.")
    weight: float = Field(
        1.0, strict=True, gt=0, le=1000, allow_inf_nan=False, description="How much it counts in the score."
    )


class Rubric(BaseModel):
    """What a judge scores answers by."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: FieldName = Field(description="The scorer's name in the ledger.")
    instructions: str = Field("", max_length=8_000, description="What the judge is told besides.")
    criteria: tuple[Criterion, ...] = Field(
        min_length=1, max_length=20, description="What it looks at; each gets a whole number on the scale."
    )
    low: int = Field(1, strict=True, ge=-1000, le=1000, description="The worst mark, which is 0 in the ledger.")
    high: int = Field(5, strict=True, ge=-1000, le=1000, description="The best mark, which is 1 in the ledger.")

    @model_validator(mode="after")
    def check_rubric(self) -> Rubric:
        """A scale that has a length, and names that are free."""
        if not self.low < self.high:
            raise ValueError("low must be less than high")
        if self.name == USABLE:
            raise ValueError(f"{USABLE!r} is the name of what a step without scorers says of its answers")
        names = [criterion.name for criterion in self.criteria]
        for name in names:
            if name in (REASON, WINNER) or names.count(name) > 1:
                raise ValueError(f"a criterion can't be called {name!r}: the name is taken")
        return self

    @property
    def version(self) -> str:
        """The first 12 hex digits of the content's SHA-256: another rubric is another version of the scorer."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]

    def score_of(self, marks: Mapping[str, JsonValue]) -> float:
        """The weighted mean of the marks, with the scale made 0 to 1; the verdict fits `verdict_schema`."""
        total = sum(one.weight for one in self.criteria)
        gained = sum(one.weight * (number_of(marks[one.name]) - self.low) for one in self.criteria)
        return min(1.0, max(0.0, gained / total / (self.high - self.low)))


def number_of(value: JsonValue) -> float:
    """A mark as a number; raises `TypeError` for what no schema would have let through."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"a mark must be a number, not {value!r}")
    return float(value)


def verdict_schema(rubric: Rubric, *, is_pairwise: bool) -> Mapping[str, JsonValue]:
    """The JSON Schema of a verdict: a reason first, then a mark per criterion, or which of two answers is better."""
    marks: dict[str, JsonValue]
    if is_pairwise:
        marks = {WINNER: {"enum": ["first", "second", "tie"]}}
    else:
        mark: JsonValue = {"type": "integer", "minimum": rubric.low, "maximum": rubric.high}
        marks = {criterion.name: mark for criterion in rubric.criteria}
    reason: JsonValue = {"type": "string", "maxLength": MAX_REASON}
    return {
        "type": "object",
        "properties": {REASON: reason, **marks},
        "required": [REASON, *marks],
        "additionalProperties": False,
    }


def parse_rubric(text: str, *, file: str) -> Rubric:
    """A rubric from YAML, or from Markdown whose front matter is it and whose text is its instructions.

    Raises `BadInputError` with file, line and field.
    """
    return locate_rubric(text, file=file).content


def locate_rubric(text: str, *, file: str) -> Document[Rubric]:
    """As `parse_rubric`, with the line of every field."""
    if not file.lower().endswith(".md"):
        return locate_document(text, Rubric, file=file)
    opening, _, rest = text.partition("\n")
    front, closing, body = rest.partition("\n---\n")
    if opening.strip() != "---" or not closing:
        raise BadInputError("must begin with front matter between lines of ---", file=file, line=1)
    # a comment in place of the opening keeps the lines' numbers
    document = locate_document(f"# ---\n{front}\n", Rubric, file=file)
    if document.content.instructions and body.strip():
        raise document.error(("instructions",), "is said twice: here and in the text below")
    told = document.content.instructions or body.strip()
    if len(told) > 8_000:
        raise BadInputError("the text is longer than 8000 characters", file=file)
    content = document.content.model_copy(update={"instructions": told})
    return Document(content, file, document.lines)
