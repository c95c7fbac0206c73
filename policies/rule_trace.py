"""Each rule that a request was tried against, and the first condition of it that does not hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from policies.explanation import wrap
from policies.rule_table import Rule, RuleTable, is_of
from policies.types import Request

SHOWN = 5  # of the names that a condition takes


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a `Match`: its field there, the field of the request that it reads, and how it is told.

    `reads` "" is what is known of every request, such as its length. `fails` says what the request is instead.
    """

    name: str
    reads: str
    is_asked: Callable[[Rule], bool]
    holds: Callable[[Rule, Request], bool]
    fails: Callable[[Rule, Request], str]


@dataclass(frozen=True, slots=True)
class Tried:
    """One rule as a request met it: whether it matches (None: that can't be known), and why not."""

    rule: str
    line: int
    is_match: bool | None
    why: str


@dataclass(frozen=True, slots=True)
class Trace:
    """The rules tried in order, down to the one that decided; `winner` None: the last one tried may have matched."""

    tried: tuple[Tried, ...]
    winner: Rule | None


def trace(table: RuleTable, request: Request, *, unknown: frozenset[str] = frozenset()) -> Trace:
    """Try the rules in order, as `RuleTable.find` does; `unknown` are fields of the request that nobody knows now."""
    tried: list[Tried] = []
    for rule in table.rules:
        one = try_rule(rule, request, unknown)
        tried.append(one)
        if one.is_match is None:
            return Trace(tuple(tried), None)
        if one.is_match:
            break
    if table.ambiguous is not None and request.is_ambiguous and rule is table.rules[-1]:
        tried[-1] = Tried(rule.name, rule.line, False, f"the category is ambiguous: {table.ambiguous.name} stands in")
        tried.append(Tried(table.ambiguous.name, table.ambiguous.line, True, ""))
        rule = table.ambiguous
    return Trace(tuple(tried), rule)


def try_rule(rule: Rule, request: Request, unknown: frozenset[str]) -> Tried:
    """Try one rule: what is known may rule it out, whatever is not."""
    asked = [condition for condition in CONDITIONS if condition.is_asked(rule)]
    for condition in asked:
        if condition.reads not in unknown and not condition.holds(rule, request):
            return Tried(rule.name, rule.line, False, condition.fails(rule, request))
    hidden = sorted({condition.reads for condition in asked} & unknown)
    if hidden:
        return Tried(rule.name, rule.line, None, f"it reads the request's {' and '.join(hidden)}, not stored")
    return Tried(rule.name, rule.line, True, "")


def tell_trace(told: Trace) -> list[str]:
    """The rules tried, a line each of at most 80 columns where they fit."""
    lines: list[str] = []
    for one in told.tried:
        verdict = "matches" if one.is_match else "may match" if one.is_match is None else "no match"
        lines += wrap(f"rule {one.rule}: {verdict}" + (f": {one.why}" if one.why else ""))
    return lines


def one_of(names: Iterable[str] | None) -> str:
    """Names that would do, the first few of many."""
    ordered = sorted(names or ())
    more = f" … ({len(ordered)} in all)" if len(ordered) > SHOWN else ""
    return ", ".join(ordered[:SHOWN]) + more


def named(names: Iterable[str]) -> str:
    """Names that are there."""
    return one_of(names) or "none"


def category_of(request: Request) -> str:
    """What the classifier said."""
    if request.category_confidence is None:
        return "category was not asked for"
    unsure = ", which is too unsure" if request.is_ambiguous else ""
    return f"category is {request.category or 'unknown'} with confidence {request.category_confidence:.2f}{unsure}"


def fails_category(rule: Rule, request: Request) -> str:
    """Why a category does not do."""
    least = f" with at least {rule.match.min_confidence:g}" if rule.match.min_confidence else ""
    return f"{category_of(request)}, not one of {one_of(rule.match.categories)}{least}"


# In the order of `rule_table.matches`, which a test holds this to; each is named for its field of `Match`.
CONDITIONS: Sequence[Condition] = (
    Condition(
        "task_types",
        "task_type",
        lambda rule: rule.match.task_types is not None,
        lambda rule, request: request.task_type in (rule.match.task_types or ()),
        lambda rule, request: f"task_type is {request.task_type}, not one of {one_of(rule.match.task_types)}",
    ),
    Condition(
        "steps",
        "step",
        lambda rule: rule.match.steps is not None,
        lambda rule, request: request.step in (rule.match.steps or ()),
        lambda rule, request: f"step is {request.step or 'none'}, not one of {one_of(rule.match.steps)}",
    ),
    Condition(
        "jobs",
        "job",
        lambda rule: rule.match.jobs is not None,
        lambda rule, request: request.job in (rule.match.jobs or ()),
        lambda rule, request: f"job is {request.job or 'none'}, not one of {one_of(rule.match.jobs)}",
    ),
    Condition(
        "tags_any",
        "tags",
        lambda rule: rule.match.tags_any is not None,
        lambda rule, request: not request.tags.isdisjoint(rule.match.tags_any or ()),
        lambda rule, request: f"tags are {named(request.tags)}, none of {one_of(rule.match.tags_any)}",
    ),
    Condition(
        "tags_all",
        "tags",
        lambda rule: bool(rule.match.tags_all),
        lambda rule, request: rule.match.tags_all <= request.tags,
        lambda rule, request: f"tags lack {one_of(rule.match.tags_all - request.tags)}",
    ),
    Condition(
        "min_characters",
        "",
        lambda rule: rule.match.min_characters > 0,
        lambda rule, request: len(request.text) >= rule.match.min_characters,
        lambda rule, request: f"the text has {len(request.text)} characters, below {rule.match.min_characters}",
    ),
    Condition(
        "max_characters",
        "",
        lambda rule: rule.match.max_characters is not None,
        lambda rule, request: rule.match.max_characters is None or len(request.text) <= rule.match.max_characters,
        lambda rule, request: f"the text has {len(request.text)} characters, above {rule.match.max_characters}",
    ),
    Condition(
        "categories",
        "category",
        lambda rule: rule.match.categories is not None,
        lambda rule, request: is_of(
            request, rule.match.categories or frozenset(), min_confidence=rule.match.min_confidence
        ),
        fails_category,
    ),
    Condition(
        "keywords",
        "text",
        lambda rule: rule.words is not None,
        lambda rule, request: rule.words is None or rule.words.search(request.text) is not None,
        lambda rule, _: f"the text has none of the words {one_of(rule.match.keywords)}",
    ),
    Condition(
        "regex",
        "text",
        lambda rule: rule.pattern is not None,
        lambda rule, request: rule.pattern is None or rule.pattern.search(request.text) is not None,
        lambda rule, _: f"the text does not match {rule.match.regex}",
    ),
)
