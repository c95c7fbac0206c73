"""The rule file as written: strict pydantic models, turned into a frozen table by `policies.rules`."""

from __future__ import annotations

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from policies.patterns import compile_pattern
from policies.weights_files import Name

Word = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Chooser: TypeAlias = Literal["performance", "cheapest", "strongest"]
MAX_RULES = 1000
MAX_WORDS = 500


def listed(value: object) -> object:
    """One value is short for a list of one."""
    return [value] if isinstance(value, str) else value


def compilable(pattern: str) -> str:
    """A pattern that the linear-time engine takes: no back-references, no look-around."""
    compile_pattern(pattern)
    return pattern


Words = Annotated[list[Word], BeforeValidator(listed), Field(min_length=1, max_length=MAX_WORDS)]
Names = Annotated[list[Name], BeforeValidator(listed), Field(min_length=1, max_length=MAX_WORDS)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class WhenEntry(Strict):
    """What a request must be like; all of the given matchers have to hold."""

    task_type: Names | None = None
    step: Names | None = None
    job: Names | None = None
    tags_any: Words | None = None
    tags_all: Words | None = None
    keywords: Words | None = None
    regex: Annotated[str, Field(min_length=1, max_length=500), AfterValidator(compilable)] | None = None
    category: Names | None = None
    min_confidence: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None
    min_characters: Annotated[int, Field(ge=0)] | None = None
    max_characters: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def can_match(self) -> Self:
        """A rule that matches everything is the default; one that matches nothing is a slip of the keys."""
        if not (self.model_fields_set - {"min_characters"}) and not self.min_characters:
            raise ValueError("matches everything: write it as the default")
        if self.max_characters is not None and (self.min_characters or 0) > self.max_characters:
            raise ValueError("matches nothing: min_characters is above max_characters")
        if self.min_confidence is not None and self.category is None:
            raise ValueError("min_confidence is the category's: it needs one")
        return self


class UseEntry(Strict):
    """Who serves a matched request: one model, a shortlist in order, or a policy (within a shortlist or among all)."""

    model: Name | None = None
    shortlist: Annotated[list[Name], Field(min_length=1, max_length=MAX_WORDS)] | None = None
    policy: Chooser | None = None

    @model_validator(mode="after")
    def is_one_outcome(self) -> Self:
        """Exactly one reading."""
        if self.model is not None and (self.shortlist is not None or self.policy is not None):
            raise ValueError("a model excludes a shortlist and a policy")
        if self.model is None and self.shortlist is None and self.policy is None:
            raise ValueError("needs a model, a shortlist or a policy")
        if self.shortlist is not None and len(set(self.shortlist)) < len(self.shortlist):
            raise ValueError("a model stands twice in the shortlist")
        return self


class RuleEntry(Strict):
    """One rule."""

    name: Name
    when: WhenEntry
    use: UseEntry


class DefaultEntry(Strict):
    """What holds where no rule matches."""

    use: UseEntry


class AmbiguousEntry(Strict):
    """What holds where no rule matches and the classifier is less confident than `below` (None: its own threshold)."""

    use: UseEntry
    below: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None


class RulesFile(Strict):
    """The whole file: rules in order, the first match wins; the default is required."""

    rules: Annotated[list[RuleEntry], Field(default_factory=list, max_length=MAX_RULES)]
    ambiguous: AmbiguousEntry | None = None
    default: DefaultEntry
