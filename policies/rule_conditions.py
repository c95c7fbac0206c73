"""What each condition of a rule asks, one by one: the meaning of a match, which the finder only makes fast."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from policies.patterns import Pattern, contains
from policies.rule_match import Match, Rule
from policies.types import Request

SHOWN = 5  # of the names that a condition takes


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: what the rule file calls it, the field of the request that it reads, and what it asks.

    `reads` "" is what is known of every request, such as its length. `fails` says what the request is instead.
    """

    name: str
    reads: str
    is_given: Callable[[Match], bool]
    holds: Callable[[Rule, Request], bool]
    fails: Callable[[Rule, Request], str]


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


def one_of(names: Iterable[str] | None) -> str:
    """Names that would do, the first few of many."""
    ordered = sorted(names or ())
    more = f" … ({len(ordered)} in all)" if len(ordered) > SHOWN else ""
    return ", ".join(ordered[:SHOWN]) + more


def named(names: Iterable[str]) -> str:
    """Names that are there."""
    return one_of(names) or "none"


def tell_category(request: Request) -> str:
    """What the classifier said."""
    if request.category_confidence is None:
        return "category was not asked for"
    unsure = ", which is too unsure" if request.is_ambiguous else ""
    return f"category is {request.category or 'unknown'} with confidence {request.category_confidence:.2f}{unsure}"


def fails_category(rule: Rule, request: Request) -> str:
    """Why a category does not do."""
    least = f" with at least {rule.match.min_confidence:g}" if rule.match.min_confidence else ""
    return f"{tell_category(request)}, not one of {one_of(rule.match.categories)}{least}"


def fails_size(what: str, n: int, low: int, high: int | None) -> str:
    """Which end a size is beyond."""
    return f"{what} {n}, {f'below {low}' if n < low else f'above {high}'}"


def fails_fields(rule: Rule, request: Request) -> str:
    """The first field that is not as wanted."""
    wanted = next(w for w in rule.match.fields if w.name not in request.fields or not w.holds(request.fields[w.name]))
    if wanted.name not in request.fields:
        return f"the item has no field {wanted.name}"
    return f"field {wanted.name} is {request.fields[wanted.name]!r}, not as the rule wants it"


def fails_time(_: Rule, request: Request) -> str:
    """When it was asked."""
    return (
        "nobody knows when it was asked" if request.asked_at is None else f"{request.asked_at:%a %H:%M} UTC is outside"
    )


# In the order of their cost; those of the text are last.
CONDITIONS: tuple[Condition, ...] = (
    Condition(
        "task_type",
        "task_type",
        lambda match: match.task_types is not None,
        lambda rule, request: is_one_of(request.task_type, rule.match.task_types),
        lambda rule, request: f"task_type is {request.task_type}, not one of {one_of(rule.match.task_types)}",
    ),
    Condition(
        "step",
        "step",
        lambda match: match.steps is not None,
        lambda rule, request: is_one_of(request.step, rule.match.steps),
        lambda rule, request: f"step is {request.step or 'none'}, not one of {one_of(rule.match.steps)}",
    ),
    Condition(
        "job",
        "job",
        lambda match: match.jobs is not None,
        lambda rule, request: is_one_of(request.job, rule.match.jobs),
        lambda rule, request: f"job is {request.job or 'none'}, not one of {one_of(rule.match.jobs)}",
    ),
    Condition(
        "tags_any",
        "tags",
        lambda match: match.tags_any is not None,
        lambda rule, request: not request.tags.isdisjoint(rule.match.tags_any or ()),
        lambda rule, request: f"tags are {named(request.tags)}, none of {one_of(rule.match.tags_any)}",
    ),
    Condition(
        "tags_all",
        "tags",
        lambda match: bool(match.tags_all),
        lambda rule, request: rule.match.tags_all <= request.tags,
        lambda rule, request: f"tags lack {one_of(rule.match.tags_all - request.tags)}",
    ),
    Condition(
        "tags_prefix",
        "tags",
        lambda match: match.tags_prefix is not None,
        has_tag_prefix,
        lambda rule, request: f"tags are {named(request.tags)}, none begins with {one_of(rule.match.tags_prefix)}",
    ),
    Condition(
        "language",
        "language",
        lambda match: match.languages is not None,
        lambda rule, request: is_one_of(request.language, rule.match.languages),
        lambda rule, request: f"language is {request.language or 'unknown'}, not one of {one_of(rule.match.languages)}",
    ),
    Condition("category", "category", lambda match: match.categories is not None, is_of_category, fails_category),
    Condition(
        "characters",
        "",
        lambda match: match.min_characters > 0 or match.max_characters is not None,
        lambda rule, request: is_within(len(request.text), rule.match.min_characters, rule.match.max_characters),
        lambda rule, request: fails_size(
            "the text's characters are", len(request.text), rule.match.min_characters, rule.match.max_characters
        ),
    ),
    Condition(
        "tokens",
        "input_tokens",
        lambda match: match.min_tokens > 0 or match.max_tokens is not None,
        lambda rule, request: is_within(request.input_tokens, rule.match.min_tokens, rule.match.max_tokens),
        lambda rule, request: fails_size(
            "the prompt's tokens are", request.input_tokens, rule.match.min_tokens, rule.match.max_tokens
        ),
    ),
    Condition("fields", "fields", lambda match: bool(match.fields), have_values, fails_fields),
    Condition(
        "time",
        "asked_at",
        lambda match: match.window is not None,
        lambda rule, request: rule.match.window is not None and rule.match.window.holds(request.asked_at),
        fails_time,
    ),
    Condition(
        "keywords",
        "text",
        lambda match: match.keywords is not None,
        lambda rule, request: is_found(rule.words, request.text),
        lambda rule, _: f"the text has none of the words {one_of(rule.match.keywords)}",
    ),
    Condition(
        "regex",
        "text",
        lambda match: match.regex is not None,
        lambda rule, request: is_found(rule.pattern, request.text),
        lambda rule, _: f"the text does not match {rule.match.regex}",
    ),
)
