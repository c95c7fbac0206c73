"""Each rule that a request was tried against, and the first condition of it that does not hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from policies.explanation import wrap
from policies.rule_conditions import CONDITIONS
from policies.rule_match import FieldMatch, Rule, TimeWindow
from policies.rule_table import RuleTable
from policies.types import Request

SHOWN = 5  # of the names that a condition takes


@dataclass(frozen=True, slots=True)
class Telling:
    """How a condition is told: the field of the request that it reads, and what the request is instead.

    `reads` "" is what is known of every request, such as its length.
    """

    reads: str
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
    asked = [(one, TELLINGS[one.name]) for one in CONDITIONS if one.is_given(rule.match)]
    for condition, telling in asked:
        if telling.reads not in unknown and not condition.holds(rule, request):
            return Tried(rule.name, rule.line, False, telling.fails(rule, request))
    hidden = sorted({telling.reads for _, telling in asked} & unknown)
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


def one_of(names: Iterable[object] | None) -> str:
    """Names that would do, the first few of many."""
    ordered = sorted(map(str, names or ()))
    more = f" … ({len(ordered)} in all)" if len(ordered) > SHOWN else ""
    return ", ".join(ordered[:SHOWN]) + more


def not_one_of(what: str, value: str | None, names: Iterable[object] | None) -> str:
    """A value that is none of those wanted."""
    return f"{what} is {value or 'none'}, not {'one of ' if len(list(names or ())) > 1 else ''}{one_of(names)}"


def range_of(low: float | None, high: float | None) -> str:
    """Two ends, of which one may be missing."""
    if high is None:
        return f"at least {low:g}"
    return f"at most {high:g}" if not low else f"{low:g} to {high:g}"


def fails_tags(request: Request, wanted: Iterable[str] | None) -> str:
    """Tags that are others."""
    return f"tags are {one_of(request.tags) or 'none'}, none of {one_of(wanted)}"


def fails_category(rule: Rule, request: Request) -> str:
    """Why a category does not do."""
    wanted = one_of(rule.match.categories)
    if request.category_confidence is None:
        return f"category was not asked for, so it is not {wanted}"
    unsure = ", too unsure" if request.is_ambiguous else ""
    least = f" with at least {rule.match.min_confidence:g}" if rule.match.min_confidence else ""
    sure = f"category is {request.category or 'unknown'} with confidence {request.category_confidence:.2f}{unsure}"
    return f"{sure}, not {wanted}{least}"


def fails_fields(rule: Rule, request: Request) -> str:
    """The first field that is not as wanted."""
    for wanted in rule.match.fields:
        if wanted.name not in request.fields:
            return f"the item has no field {wanted.name}"
        if not wanted.holds(request.fields[wanted.name]):
            return f"field {wanted.name} is {request.fields[wanted.name]!r}, not {field_text(wanted)}"
    return ""


def field_text(wanted: FieldMatch) -> str:
    """What a field must hold."""
    if wanted.values is not None:
        return one_of(map(repr, wanted.values))
    if wanted.prefixes is not None:
        return f"beginning with {one_of(wanted.prefixes)}"
    return range_of(wanted.low, wanted.high)


def fails_window(rule: Rule, request: Request) -> str:
    """A time outside."""
    if request.asked_at is None or rule.match.window is None:
        return "the request has no time"
    there = request.asked_at.astimezone(rule.match.window.zone)
    return f"the time is {there:%A %H:%M} in {rule.match.window.zone.key}, not {window_text(rule.match.window)}"


def window_text(window: TimeWindow) -> str:
    """A window of times."""
    days = (
        "" if window.days is None else f" on days {', '.join(str(day + 1) for day in sorted(window.days))} of the week"
    )
    return f"{window.start:%H:%M} to {window.end:%H:%M}{days}"


# By the names of `rule_conditions.CONDITIONS`.
TELLINGS: Mapping[str, Telling] = {
    "task_type": Telling("task_type", lambda r, q: not_one_of("task_type", q.task_type, r.match.task_types)),
    "step": Telling("step", lambda r, q: not_one_of("step", q.step, r.match.steps)),
    "job": Telling("job", lambda r, q: not_one_of("job", q.job, r.match.jobs)),
    "tags_any": Telling("tags", lambda r, q: fails_tags(q, r.match.tags_any)),
    "tags_all": Telling("tags", lambda r, q: f"tags lack {one_of(r.match.tags_all - q.tags)}"),
    "tags_prefix": Telling("tags", lambda r, _: f"no tag begins with {one_of(r.match.tags_prefix)}"),
    "language": Telling("language", lambda r, q: not_one_of("language", q.language, r.match.languages)),
    "category": Telling("category", fails_category),
    "characters": Telling(
        "",
        lambda r, q: (
            f"the text has {len(q.text)} characters, not {range_of(r.match.min_characters, r.match.max_characters)}"
        ),
    ),
    "tokens": Telling(
        "input_tokens",
        lambda r, q: f"the prompt has {q.input_tokens} tokens, not {range_of(r.match.min_tokens, r.match.max_tokens)}",
    ),
    "fields": Telling("fields", fails_fields),
    "time": Telling("asked_at", fails_window),
    "keywords": Telling("text", lambda r, _: f"the text has none of the words {one_of(r.match.keywords)}"),
    "regex": Telling("text", lambda r, _: f"the text does not match {r.match.regex}"),
}
