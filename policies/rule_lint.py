"""Rules that can never match, because earlier ones take all that they would, and rules that share requests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from math import prod

from policies.findings import Finding
from policies.rule_logic import covers, excludes
from policies.rule_match import FieldMatch, Match, Rule
from policies.rule_table import RuleTable
from policies.types import AUTO, UNROUTED_TASK_TYPES, Catalogue

# How many parts a rule is cut into at most, to see whether several earlier rules take all of it together.
MAX_PARTS = 2000
MAX_NAMED = 3


def lint_rules(table: RuleTable, catalogue: Catalogue) -> tuple[Finding, ...]:
    """One finding per rule that is never reached, or that shares requests with earlier rules of another outcome.

    Only what is certain is called unreachable. An earlier rule that is merely narrower is an exception, as it should
    be, and is not reported. The default is never reported: a table may well cover every case before it.
    """
    domain = (catalogue.task_types - UNROUTED_TASK_TYPES) | {AUTO}
    found: list[Finding] = []
    dead: set[str] = set()
    for i, rule in enumerate(table.rules[:-1]):
        earlier = [other for other in table.rules[:i] if not excludes(other.match, rule.match)]
        taken_by = takers(earlier, rule, domain)
        if taken_by:
            dead.add(rule.name)
            message = f"rule {rule.name} is never reached: {listed(taken_by)} {verb(taken_by)} first"
            found.append(Finding("error", "unreachable", table.file, rule.line, message))
            continue
        rivals = [one for one in earlier if one.name not in dead and is_rival(one, rule)]
        if rivals:
            message = f"rule {rule.name} overlaps with {listed(rivals)}: what both match goes to the earlier one"
            found.append(Finding("warning", "overlap", table.file, rule.line, message))
    return tuple(found)


def is_rival(earlier: Rule, later: Rule) -> bool:
    """Whether an earlier rule takes some of a later one's requests to somebody else, without being its exception."""
    return earlier.outcome != later.outcome and not covers(later.match, earlier.match)


def takers(earlier: Sequence[Rule], rule: Rule, domain: frozenset[str]) -> list[Rule]:
    """The earlier rules that certainly take all that `rule` matches, alone or together; none where some is left."""
    for other in earlier:
        if covers(other.match, rule.match):
            return [other]
    used: dict[str, Rule] = {}
    for part in parts_of(rule.match, [other.match for other in earlier], domain):
        taker = next((other for other in earlier if covers(other.match, part)), None)
        if taker is None:
            return []
        used[taker.name] = taker
    return [other for other in earlier if other.name in used]


def parts_of(match: Match, others: Sequence[Match], domain: frozenset[str]) -> Iterator[Match]:
    """A match cut where other rules end: one value of each set, and sizes from one bound of a rule to the next.

    One part, the match itself, where there would be too many.
    """
    task_types: list[frozenset[str] | None] = [match.task_types]
    if match.task_types is not None or any(other.task_types is not None for other in others):
        task_types = singles(match.task_types or domain)
    cuts = (
        task_types,
        singles(match.steps),
        singles(match.jobs),
        singles(match.languages),
        singles(match.categories),
        singles(match.tags_any),
        ranges((match.min_characters, match.max_characters), [(o.min_characters, o.max_characters) for o in others]),
        ranges((match.min_tokens, match.max_tokens), [(o.min_tokens, o.max_tokens) for o in others]),
    )
    of_fields = [field_parts(wanted) for wanted in match.fields]
    if prod(len(cut) for cut in cuts) * prod(len(part) for part in of_fields) > MAX_PARTS:
        yield match
        return
    every = product(*cuts, list(product(*of_fields)))
    for task, steps, jobs, languages, categories, tags, characters, tokens, fields in every:
        yield replace(
            match,
            task_types=task,
            steps=steps,
            jobs=jobs,
            languages=languages,
            categories=categories,
            tags_any=tags,
            min_characters=characters[0],
            max_characters=characters[1],
            min_tokens=tokens[0],
            max_tokens=tokens[1],
            fields=fields,
        )


def singles(names: frozenset[str] | None) -> list[frozenset[str] | None]:
    """Each value by itself; None stays no condition."""
    return [None] if names is None else [frozenset({name}) for name in sorted(names)]


def field_parts(wanted: FieldMatch) -> list[FieldMatch]:
    """Each value of a field by itself; ranges and prefixes stay whole."""
    if wanted.values is None:
        return [wanted]
    return [replace(wanted, values=(value,)) for value in wanted.values]


def ranges(whole: tuple[int, int | None], others: Sequence[tuple[int, int | None]]) -> list[tuple[int, int | None]]:
    """A range of whole numbers cut where the others begin and end."""
    low, high = whole
    starts = {low} | {first for first, _ in others} | {last + 1 for _, last in others if last is not None}
    inside = sorted(start for start in starts if start >= low and (high is None or start <= high))
    ends = [start - 1 for start in inside[1:]]
    return list(zip(inside, [*ends, high], strict=True))


def listed(rules: Sequence[Rule]) -> str:
    """A few rules by name, with how many more there are."""
    names = [rule.name for rule in rules]
    if len(names) > MAX_NAMED + 1:
        names = [*names[:MAX_NAMED], f"{len(names) - MAX_NAMED} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def verb(rules: Sequence[Rule]) -> str:
    """What one rule does, or several together."""
    return "matches" if len(rules) == 1 else "together match"
