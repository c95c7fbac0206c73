"""How a job file names a scorer, and which arguments each one takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from policies.cascade.terms import SELF_CONSISTENCY
from policies.languages import LANGUAGES
from tasks.jobs.context import Reference
from tasks.jobs.names import FieldName

ScorerName: TypeAlias = Literal[
    "exact",
    "contains",
    "fuzzy",
    "token_f1",
    "token_overlap",
    "numeric",
    "regex",
    "json_schema",
    "grounded",
    "cited",
    "retrieved",
    "language",
    "parses",
    "length",
    "non_empty",
]
Syntax: TypeAlias = Literal["python", "json", "sql"]

# In the ledger, what a step without scorers says of every answer: 1 usable, 0 not. It is shown, and not learned from.
USABLE = "usable"

# scorer -> (arguments that it must have, arguments that it may have)
ARGUMENTS: Mapping[ScorerName, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "exact": (("reference",), ("field",)),
    "contains": (("reference",), ("field",)),
    "fuzzy": (("reference",), ("field",)),
    "token_f1": (("reference",), ("field",)),
    "token_overlap": (("against",), ("field",)),
    "numeric": (("reference",), ("tolerance", "absolute_tolerance", "take", "field")),
    "regex": (("pattern",), ("field",)),
    "json_schema": ((), ()),
    "grounded": (("in",), ("field", "number_field")),
    "cited": (("in",), ("field",)),
    "retrieved": (("source",), ()),
    "language": ((), ("language", "reference", "field")),
    "parses": (("syntax",), ("field",)),
    "length": ((), ("min_characters", "max_characters", "field")),
    "non_empty": ((), ("field",)),
}

Characters: TypeAlias = Annotated[int, Field(strict=True, ge=0, le=10_000_000)]
Tolerance: TypeAlias = Annotated[float, Field(strict=True, ge=0, le=1e9, allow_inf_nan=False)]


class ScorerSpec(BaseModel):
    """One scorer of a step, with its arguments."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    scorer: ScorerName = Field(description="Which scorer.")
    name: FieldName | None = Field(
        None, description="The name in the ledger, where a step has the same scorer twice; else the scorer's own."
    )
    reference: Reference | None = Field(
        None, description="The accepted answer, or a list of accepted answers (`language`: the code of a language)."
    )
    against: Reference | None = Field(None, description="The text whose words the output should keep.")
    within: Reference | None = Field(
        None, alias="in", description="The passages or the text that a quote must come from; written `in`."
    )
    source: Reference | None = Field(None, description="The name, or names, that the passages' titles should hold.")
    pattern: str | None = Field(
        None, min_length=1, max_length=500, description="A regular expression that the output must contain."
    )
    field: FieldName | None = Field(
        None, description="For JSON output: the field to score instead of the whole (`grounded`: `quote`)."
    )
    number_field: FieldName | None = Field(
        None,
        description="For `grounded`: the field with the number of the passage, from 1, that the quote must come from.",
    )
    tolerance: Tolerance | None = Field(
        None, description="How far off a number may be, as a share of the accepted one: 0.01 is 1 %."
    )
    absolute_tolerance: Tolerance | None = Field(None, description="How far off a number may be, in its own unit.")
    take: Literal["first", "last"] | None = Field(
        None, description="Which number of the output counts; absent: the last, where answers come after their reasons."
    )
    language: str | None = Field(None, description="The ISO 639 code of the language to answer in, such as `de`.")
    syntax: Syntax | None = Field(None, description="What the output must parse as.")
    min_characters: Characters | None = Field(None, description="The fewest characters, after trimming.")
    max_characters: Characters | None = Field(None, description="The most characters, after trimming.")

    @property
    def label(self) -> str:
        """The scorer's name in the ledger."""
        return self.name or self.scorer

    @model_validator(mode="after")
    def check_arguments(self) -> ScorerSpec:
        """Exactly the arguments that the scorer takes."""
        if self.label == USABLE:
            raise ValueError(f"{USABLE!r} is the name of what a step without scorers says of its answers")
        if self.label == SELF_CONSISTENCY:
            raise ValueError(f"{SELF_CONSISTENCY!r} is the name of a cascade's check that asks the model again")
        required, optional = ARGUMENTS[self.scorer]
        given = [alias for name, alias in ALIASES.items() if getattr(self, name) is not None]
        for argument in required:
            if argument not in given:
                raise ValueError(f"scorer {self.scorer} needs {argument!r}")
        for argument in given:
            if argument not in (*required, *optional):
                raise ValueError(f"scorer {self.scorer} takes no {argument!r}")
        if self.scorer == "length":
            self._check_bounds()
        if self.scorer == "language" and (self.language is None) == (self.reference is None):
            raise ValueError("scorer language needs either 'language' or 'reference'")
        return self

    @field_validator("language")
    @classmethod
    def check_language(cls, code: str | None) -> str | None:
        """A language that the detector knows."""
        if code is not None and code not in LANGUAGES:
            raise ValueError("is not the code of a language that can be detected, such as 'de'")
        return code

    def _check_bounds(self) -> None:
        if self.min_characters is None and self.max_characters is None:
            raise ValueError("scorer length needs 'min_characters', 'max_characters' or both")
        if (self.min_characters or 0) > (self.max_characters if self.max_characters is not None else 10**9):
            raise ValueError("min_characters is more than max_characters")

    def references(self) -> tuple[str, ...]:
        """Every reference that the arguments make."""
        return tuple(r for r in (self.reference, self.against, self.within, self.source) if r is not None)


ALIASES: Mapping[str, str] = {
    "reference": "reference",
    "against": "against",
    "within": "in",
    "source": "source",
    "pattern": "pattern",
    "field": "field",
    "number_field": "number_field",
    "tolerance": "tolerance",
    "absolute_tolerance": "absolute_tolerance",
    "take": "take",
    "language": "language",
    "syntax": "syntax",
    "min_characters": "min_characters",
    "max_characters": "max_characters",
}
