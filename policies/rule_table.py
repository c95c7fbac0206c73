"""The rule table as frozen values, and how a request finds its rule."""

from __future__ import annotations

import re
from dataclasses import dataclass

from policies.patterns import Pattern
from policies.rules_schema import Chooser
from policies.types import Request

DEFAULT = "default"
AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True)
class Match:
    """What a request must be like; None is no condition, and all conditions have to hold.

    Keywords are whole words or phrases, in any case. `regex` is searched for in the text, in RE2's syntax. Lengths are
    characters of the request's text, both ends included. `categories` match what the classifier is sure of, and
    with at least `min_confidence`; never an ambiguous request.
    """

    task_types: frozenset[str] | None = None
    steps: frozenset[str] | None = None
    jobs: frozenset[str] | None = None
    tags_any: frozenset[str] | None = None
    tags_all: frozenset[str] = frozenset()
    keywords: tuple[str, ...] | None = None
    regex: str | None = None
    min_characters: int = 0
    max_characters: int | None = None
    categories: frozenset[str] | None = None
    min_confidence: float = 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """Who serves: the `shortlist` (None: every model) ordered as written, or chosen from by `chooser`."""

    shortlist: tuple[str, ...] | None
    chooser: Chooser | None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule with the line where it begins; `words` is its keywords, `pattern` its regex, compiled."""

    name: str
    match: Match
    outcome: Outcome
    line: int
    words: re.Pattern[str] | None = None
    pattern: Pattern | None = None


@dataclass(frozen=True, slots=True)
class RuleTable:
    """Rules in order, the last one the default, the hash of the text, and the models that it was checked against.

    `file` and `catalogue_file` are what errors call the rules and the catalogue of those models. `ambiguous` stands for
    the default where the classifier is less confident than `ambiguous_below` (None: than its own threshold).
    """

    rules: tuple[Rule, ...]
    version: str
    file: str
    models: frozenset[str]
    catalogue_file: str = "the catalogue"
    ambiguous: Rule | None = None
    ambiguous_below: float | None = None

    @property
    def needs_categories(self) -> bool:
        """Whether some rule asks for a request's category."""
        return self.ambiguous is not None or any(rule.match.categories is not None for rule in self.rules)

    def find(self, request: Request) -> Rule:
        """The first rule that matches; the default always does, and an ambiguous request takes its own default."""
        rule = next(rule for rule in self.rules if matches(rule, request))
        if self.ambiguous is not None and request.is_ambiguous and rule is self.rules[-1]:
            return self.ambiguous
        return rule


def matches(rule: Rule, request: Request) -> bool:
    """Whether every condition of the rule holds; the text is searched last, since it costs the most."""
    match = rule.match
    return (
        (match.task_types is None or request.task_type in match.task_types)
        and (match.steps is None or request.step in match.steps)
        and (match.jobs is None or request.job in match.jobs)
        and (match.tags_any is None or not match.tags_any.isdisjoint(request.tags))
        and match.tags_all <= request.tags
        and match.min_characters <= len(request.text)
        and (match.max_characters is None or len(request.text) <= match.max_characters)
        and (match.categories is None or is_of(request, match.categories, min_confidence=match.min_confidence))
        and (rule.words is None or rule.words.search(request.text) is not None)
        and (rule.pattern is None or rule.pattern.search(request.text) is not None)
    )


def is_of(request: Request, categories: frozenset[str], *, min_confidence: float) -> bool:
    """Whether the classifier is sure that a request is of one of the categories."""
    confidence = request.category_confidence
    return (
        request.category in categories
        and not request.is_ambiguous
        and confidence is not None
        and confidence >= min_confidence
    )


def word_pattern(keywords: tuple[str, ...] | None) -> re.Pattern[str] | None:
    """One pattern for any of the keywords as whole words, in any case; linear in the text, since it has no repetition.

    A space in a phrase stands for one or more of any white space.
    """
    if keywords is None:
        return None
    phrases = (r"\s+".join(re.escape(word) for word in keyword.split()) for keyword in keywords)
    return re.compile(rf"(?<!\w)(?:{'|'.join(phrases)})(?!\w)", re.IGNORECASE)
