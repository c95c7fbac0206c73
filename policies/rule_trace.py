"""Each rule that a request was tried against, and the first condition of it that does not hold."""

from __future__ import annotations

from dataclasses import dataclass

from policies.explanation import wrap
from policies.rule_conditions import CONDITIONS
from policies.rule_match import Rule
from policies.rule_table import RuleTable
from policies.types import Request


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
    asked = [condition for condition in CONDITIONS if condition.is_given(rule.match)]
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
