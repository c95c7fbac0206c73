"""Rules that can never match, because an earlier one takes all that they would."""

from __future__ import annotations

from policies.rule_table import Match, RuleTable


def lint_rules(table: RuleTable) -> tuple[str, ...]:
    """One line per unreachable rule, with its place; only containment that is certain is reported.

    The default is never reported: a table may well cover every case before it.
    """
    rules = table.rules[:-1]
    problems = []
    for i, rule in enumerate(rules):
        earlier = next((other for other in rules[:i] if covers(other.match, rule.match)), None)
        if earlier is not None:
            problems.append(
                f"{table.file}:{rule.line}: rule {rule.name} is never reached: {earlier.name} matches first"
            )
    return tuple(problems)


def covers(wide: Match, narrow: Match) -> bool:
    """Whether every request that `narrow` matches is certainly matched by `wide`."""
    return (
        holds(wide.task_types, narrow.task_types)
        and holds(wide.steps, narrow.steps)
        and holds(wide.jobs, narrow.jobs)
        and (holds(wide.tags_any, narrow.tags_any) or has_common(wide.tags_any, narrow.tags_all))
        and wide.tags_all <= narrow.tags_all
        and holds(folded(wide.keywords), folded(narrow.keywords))
        and (wide.regex is None or wide.regex == narrow.regex)
        and wide.min_characters <= narrow.min_characters
        and (wide.max_characters is None or at_most(narrow.max_characters, wide.max_characters))
        and holds(wide.categories, narrow.categories)
        and wide.min_confidence <= narrow.min_confidence
    )


def holds(wide: frozenset[str] | None, narrow: frozenset[str] | None) -> bool:
    """Whether "one of `narrow`" implies "one of `wide`"; None is no condition."""
    return wide is None or (narrow is not None and narrow <= wide)


def has_common(wide: frozenset[str] | None, required: frozenset[str]) -> bool:
    """Whether tags that are all required imply one of `wide`."""
    return wide is not None and not wide.isdisjoint(required)


def folded(keywords: tuple[str, ...] | None) -> frozenset[str] | None:
    """Keywords without their case."""
    return None if keywords is None else frozenset(keyword.casefold() for keyword in keywords)


def at_most(bound: int | None, limit: int) -> bool:
    """Whether a bound exists and is within the limit."""
    return bound is not None and bound <= limit
