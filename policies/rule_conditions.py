"""What each condition of a rule asks, one by one: the meaning of a match, which the finder only makes fast."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from policies.patterns import Pattern, contains
from policies.rule_match import Match, Rule
from policies.types import Request


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: what the rule file calls it, whether a rule has it, and whether it holds for a request."""

    name: str
    is_given: Callable[[Match], bool]
    holds: Callable[[Rule, Request], bool]


def matches(rule: Rule, request: Request) -> bool:
    """Whether every condition of the rule holds."""
    return failed_condition(rule, request) is None


def failed_condition(rule: Rule, request: Request) -> Condition | None:
    """The first condition of the rule that does not hold; None where the rule matches."""
    return next((one for one in CONDITIONS if one.is_given(rule.match) and not one.holds(rule, request)), None)


def is_one_of(value: str | None, wanted: frozenset[str] | None) -> bool:
    """Whether a value is among those wanted."""
    return wanted is not None and value in wanted


def has_tag_prefix(rule: Rule, request: Request) -> bool:
    """Whether a tag begins as wanted."""
    return any(tag.startswith(rule.match.tags_prefix or ()) for tag in request.tags)


def is_of_category(rule: Rule, request: Request) -> bool:
    """Whether the classifier is sure that a request is of one of the categories."""
    confidence = request.category_confidence
    return (
        is_one_of(request.category, rule.match.categories)
        and not request.is_ambiguous
        and confidence is not None
        and confidence >= rule.match.min_confidence
    )


def is_within(n: int, low: int, high: int | None) -> bool:
    """Whether a size is within both ends."""
    return low <= n and (high is None or n <= high)


def is_found(pattern: Pattern | None, text: str) -> bool:
    """Whether an expression is found in a text."""
    return pattern is not None and contains(pattern, text)


def have_values(rule: Rule, request: Request) -> bool:
    """Whether every field is there and holds what is wanted."""
    return all(w.name in request.fields and w.holds(request.fields[w.name]) for w in rule.match.fields)


# In the order of their cost; those of the text are last.
CONDITIONS: tuple[Condition, ...] = (
    Condition("task_type", lambda m: m.task_types is not None, lambda r, q: is_one_of(q.task_type, r.match.task_types)),
    Condition("step", lambda m: m.steps is not None, lambda r, q: is_one_of(q.step, r.match.steps)),
    Condition("job", lambda m: m.jobs is not None, lambda r, q: is_one_of(q.job, r.match.jobs)),
    Condition("tags_any", lambda m: m.tags_any is not None, lambda r, q: bool(q.tags & (r.match.tags_any or set()))),
    Condition("tags_all", lambda m: bool(m.tags_all), lambda r, q: r.match.tags_all <= q.tags),
    Condition("tags_prefix", lambda m: m.tags_prefix is not None, has_tag_prefix),
    Condition("language", lambda m: m.languages is not None, lambda r, q: is_one_of(q.language, r.match.languages)),
    Condition("category", lambda m: m.categories is not None, is_of_category),
    Condition(
        "characters",
        lambda m: m.min_characters > 0 or m.max_characters is not None,
        lambda r, q: is_within(len(q.text), r.match.min_characters, r.match.max_characters),
    ),
    Condition(
        "tokens",
        lambda m: m.min_tokens > 0 or m.max_tokens is not None,
        lambda r, q: is_within(q.input_tokens, r.match.min_tokens, r.match.max_tokens),
    ),
    Condition("fields", lambda m: bool(m.fields), have_values),
    Condition(
        "time",
        lambda m: m.window is not None,
        lambda r, q: r.match.window is not None and r.match.window.holds(q.asked_at),
    ),
    Condition("keywords", lambda m: m.keywords is not None, lambda r, q: is_found(r.words, q.text)),
    Condition("regex", lambda m: m.regex is not None, lambda r, q: is_found(r.pattern, q.text)),
)
