"""The rule file as written: strict pydantic models, turned into a frozen table by `policies.rules`."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal, Self, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    model_validator,
)

from policies.languages import LANGUAGES
from policies.patterns import compile_pattern, compile_words
from policies.weights_files import Name

Word = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Chooser: TypeAlias = Literal["performance", "cascade", "cheapest", "strongest"]
MAX_RULES = 1000
MAX_WORDS = 500


def listed(value: object) -> object:
    """One value is short for a list of one."""
    return [value] if isinstance(value, str) else value


def compilable(pattern: str) -> str:
    """A pattern that the linear-time engine takes: no back-references, no look-around."""
    compile_pattern(pattern)
    return pattern


def findable(words: list[str]) -> list[str]:
    """Words that can be looked for together."""
    compile_words(words)
    return words


def is_language(code: str) -> str:
    """A language that texts can be told to be in."""
    if code not in LANGUAGES:
        raise ValueError("is no language that is detected; write its ISO 639 code, such as en")
    return code


def clock_time(text: object) -> object:
    """A time of day as `HH:MM`; `24:00` is the end of a day."""
    try:
        clock = time.min if text == "24:00" else time.fromisoformat(str(text))
    except ValueError:
        raise ValueError("is no time of day; write it as 22:00") from None
    if clock.tzinfo is not None:
        raise ValueError("has a time zone of its own: write that as `timezone`")
    return clock


def known_zone(name: str) -> str:
    """A time zone of the IANA database."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is no time zone; write its IANA name, such as Europe/Berlin") from None
    return name


Words = Annotated[list[Word], BeforeValidator(listed), Field(min_length=1, max_length=MAX_WORDS)]
Names = Annotated[list[Name], BeforeValidator(listed), Field(min_length=1, max_length=MAX_WORDS)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


Language = Annotated[str, AfterValidator(is_language)]
Languages = Annotated[list[Language], BeforeValidator(listed), Field(min_length=1, max_length=len(LANGUAGES))]
ClockTime = Annotated[time, BeforeValidator(clock_time)]
Day: TypeAlias = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Days = Annotated[list[Day], BeforeValidator(listed), Field(min_length=1, max_length=7)]
Number: TypeAlias = Annotated[int | float, Field(allow_inf_nan=False)]
FieldName = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class TimeEntry(Strict):
    """When a request is made: times of day, days of the week, or both; a window past midnight is its first day's."""

    start: ClockTime = Field(time.min, alias="from", description="The window's first minute, as `HH:MM`.")
    end: ClockTime = Field(
        time.min, alias="to", description="The first minute after the window; before `from`, it is the next day's."
    )
    days: Days | None = Field(None, description="Days of the week on which the window begins; absent: every day.")
    timezone: Annotated[str, AfterValidator(known_zone)] = Field("UTC", description="IANA name of the time zone.")

    @model_validator(mode="after")
    def is_some_time(self) -> Self:
        """Part of a week, not all of it."""
        if self.start == self.end and self.start != time.min:
            raise ValueError("from and to are the same time")
        if self.start == self.end and self.days is None:
            raise ValueError("needs from and to, or days")
        return self


class RangeEntry(Strict):
    """A number between two ends, both included, or a text that begins with a prefix."""

    min: Number | None = Field(None, description="The number is at least so high.")
    max: Number | None = Field(None, description="The number is at most so high.")
    prefix: Words | None = Field(None, description="The text begins with one of these.")

    @model_validator(mode="after")
    def is_one_reading(self) -> Self:
        """A range or prefixes."""
        if (self.prefix is None) == (self.min is None and self.max is None):
            raise ValueError("needs min, max or both, or else a prefix")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("matches nothing: min is above max")
        return self


FieldValue: TypeAlias = str | int | Annotated[float, Field(allow_inf_nan=False)] | bool
FieldValues = Annotated[list[FieldValue], Field(min_length=1, max_length=MAX_WORDS)]


def kind_of(entry: object) -> str:
    """Which way of writing an entry is meant, so that errors speak of that one alone."""
    return "range" if isinstance(entry, dict | RangeEntry) else "values" if isinstance(entry, list) else "value"


FieldEntry: TypeAlias = Annotated[
    Annotated[FieldValue, Tag("value")] | Annotated[FieldValues, Tag("values")] | Annotated[RangeEntry, Tag("range")],
    Discriminator(kind_of),
]


class WhenEntry(Strict):
    """What a request must be like; all of the given matchers have to hold."""

    task_type: Names | None = None
    step: Names | None = None
    job: Names | None = None
    tags_any: Words | None = None
    tags_all: Words | None = None
    tags_prefix: Words | None = None
    language: Languages | None = None
    keywords: Annotated[Words, AfterValidator(findable)] | None = None
    regex: Annotated[str, Field(min_length=1, max_length=500), AfterValidator(compilable)] | None = None
    category: Names | None = None
    min_confidence: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None
    min_characters: Annotated[int, Field(ge=0)] | None = None
    max_characters: Annotated[int, Field(ge=0)] | None = None
    min_tokens: Annotated[int, Field(ge=0)] | None = None
    max_tokens: Annotated[int, Field(ge=0)] | None = None
    fields: Annotated[dict[FieldName, FieldEntry], Field(min_length=1, max_length=50)] | None = None
    time: TimeEntry | None = None

    @model_validator(mode="after")
    def can_match(self) -> Self:
        """A rule that matches everything is the default; one that matches nothing is a slip of the keys."""
        lengths = {"min_characters": self.min_characters, "min_tokens": self.min_tokens}
        if not (self.model_fields_set - set(lengths)) and not any(lengths.values()):
            raise ValueError("matches everything: write it as the default")
        if self.max_characters is not None and (self.min_characters or 0) > self.max_characters:
            raise ValueError("matches nothing: min_characters is above max_characters")
        if self.max_tokens is not None and (self.min_tokens or 0) > self.max_tokens:
            raise ValueError("matches nothing: min_tokens is above max_tokens")
        if self.min_confidence is not None and self.category is None:
            raise ValueError("min_confidence is the category's: it needs one")
        return self


class UseEntry(Strict):
    """Who serves a matched request: one model, a shortlist in order, a policy (within a shortlist or among all) for
    all requests or a `share` of them, or nobody, with the message that says why.
    """

    model: Name | None = None
    shortlist: Annotated[list[Name], Field(min_length=1, max_length=MAX_WORDS)] | None = None
    policy: Chooser | None = None
    share: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None
    refuse: Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)] | None = None

    @model_validator(mode="after")
    def is_one_outcome(self) -> Self:
        """Exactly one reading."""
        if self.refuse is not None and self.model_fields_set != {"refuse"}:
            raise ValueError("refuse excludes everything else: nobody serves")
        if self.model is not None and (self.shortlist is not None or self.policy is not None):
            raise ValueError("a model excludes a shortlist and a policy")
        if self.model is None and self.shortlist is None and self.policy is None and self.refuse is None:
            raise ValueError("needs a model, a shortlist, a policy or refuse")
        if self.share is not None and (self.policy is None or self.shortlist is None):
            raise ValueError("a share needs a policy, and a shortlist in whose order the other requests are served")
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
