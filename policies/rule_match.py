"""What a rule asks of a request and who then serves, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from policies.patterns import Pattern, compile_pattern, compile_words
from policies.rules_schema import Chooser
from policies.types import Scalar

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FieldMatch:
    """What a field of the item must hold: one of `values`, a text that begins with one of `prefixes`, or a number
    from `low` to `high`, both included (None: no end). A field that the item lacks never matches.
    """

    name: str
    values: tuple[Scalar, ...] | None = None
    prefixes: tuple[str, ...] | None = None
    low: float | None = None
    high: float | None = None

    def holds(self, value: Scalar) -> bool:
        """Whether a value is as wanted; true is no 1, and "1" is no 1 either."""
        if self.values is not None:
            return any(value == one and isinstance(value, bool) == isinstance(one, bool) for one in self.values)
        if self.prefixes is not None:
            return isinstance(value, str) and value.startswith(self.prefixes)
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
            return False
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """Times of day from `start` to before `end`, on days of the week (0 is Monday; None: every day), in `zone`.

    A window that ends before it starts goes past midnight, and belongs to the day on which it started.
    """

    start: time
    end: time
    days: frozenset[int] | None
    zone: ZoneInfo

    def holds(self, asked_at: datetime | None) -> bool:
        """Whether a time is within; a request without one never is."""
        if asked_at is None:
            return False
        there = asked_at.astimezone(self.zone)
        clock = there.time()
        if self.start < self.end:
            return self.start <= clock < self.end and self.is_day_of(there)
        if clock >= self.start:
            return self.is_day_of(there)
        return clock < self.end and self.is_day_of(there - ONE_DAY)

    def is_day_of(self, there: datetime) -> bool:
        """Whether the window starts on that day of the week."""
        return self.days is None or there.weekday() in self.days


@dataclass(frozen=True, slots=True)
class Match:
    """What a request must be like; None is no condition, and all conditions have to hold.

    Keywords are whole words or phrases, in any case. `regex` is searched for in the text, in RE2's syntax. Lengths are
    characters of the request's text, tokens the estimate of its whole prompt, both ends included. `categories` match
    what the classifier is sure of, and with at least `min_confidence`; never an ambiguous request.
    """

    task_types: frozenset[str] | None = None
    steps: frozenset[str] | None = None
    jobs: frozenset[str] | None = None
    tags_any: frozenset[str] | None = None
    tags_all: frozenset[str] = frozenset()
    tags_prefix: tuple[str, ...] | None = None
    languages: frozenset[str] | None = None
    keywords: tuple[str, ...] | None = None
    regex: str | None = None
    min_characters: int = 0
    max_characters: int | None = None
    min_tokens: int = 0
    max_tokens: int | None = None
    categories: frozenset[str] | None = None
    min_confidence: float = 0.0
    fields: tuple[FieldMatch, ...] = ()
    window: TimeWindow | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Who serves: the `shortlist` (None: every model) ordered as written, or chosen from by `chooser`.

    With a `share` below 1, only that share of the requests is handed to the chooser, and the rest take the shortlist's
    order. With a `refusal` nobody serves.
    """

    shortlist: tuple[str, ...] | None
    chooser: Chooser | None
    share: float = 1.0
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule with the line where it begins; `words` is its keywords, `pattern` its regex, compiled."""

    name: str
    match: Match
    outcome: Outcome
    line: int
    words: Pattern | None = None
    pattern: Pattern | None = None


def make_rule(name: str, match: Match, outcome: Outcome, *, line: int) -> Rule:
    """A rule with its words and its regex compiled; raises ValueError where RE2 does not take them."""
    words = None if match.keywords is None else compile_words(match.keywords)
    pattern = None if match.regex is None else compile_pattern(match.regex)
    return Rule(name, match, outcome, line, words, pattern)
