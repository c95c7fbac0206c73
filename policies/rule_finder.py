"""Finds the first rule that matches a request, fast: rules are sorted out by what few requests differ in.

Most conditions ask for words of a small vocabulary (task type, step, job, tags …). What is left of the table for one
combination of these is kept, so that later requests of the kind only have their sizes, fields, time and text looked at.
The text is read once for all keywords and expressions of the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from policies.patterns import PatternSet, word_expression
from policies.rule_conditions import CONDITIONS, Condition
from policies.rule_match import Rule
from policies.types import Request

# Tags may be as many as items are: what is kept of combinations is thrown away beyond this many.
MAX_KINDS = 4096
OF_THE_KIND = frozenset({"task_type", "step", "job", "tags_any", "tags_all", "tags_prefix", "language"})
OF_THE_TEXT = frozenset({"keywords", "regex"})

Kind: TypeAlias = tuple[str, str, str, frozenset[str], str | None]


@dataclass(frozen=True, slots=True)
class Rest:
    """A rule whose conditions on the kind hold: the numbers of its expressions, and its other conditions."""

    rule: Rule
    expressions: frozenset[int]
    conditions: tuple[Condition, ...]


class RuleFinder:
    """Finds what `rule_conditions.matches` says, for rules of which the last one always matches."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = [(rule, tuple(one for one in CONDITIONS if one.is_given(rule.match))) for rule in rules]
        self._kinds: dict[Kind, tuple[Rest, ...]] = {}
        self._expressions: list[str] = []
        self._numbers = {rule.name: self._number(rule) for rule in rules}

    def _number(self, rule: Rule) -> frozenset[int]:
        match, first = rule.match, len(self._expressions)
        self._expressions += [] if match.keywords is None else [word_expression(match.keywords)]
        self._expressions += [] if match.regex is None else [match.regex]
        return frozenset(range(first, len(self._expressions)))

    @cached_property
    def _patterns(self) -> PatternSet:
        return PatternSet(self._expressions)

    def find(self, request: Request) -> Rule:
        """The first rule that matches."""
        kind = (request.task_type, request.step, request.job, request.tags, request.language)
        rests = self._kinds.get(kind)
        if rests is None:
            rests = self._keep(kind, request)
        found: set[int] | None = None
        for rest in rests:
            if rest.conditions and not all(one.holds(rest.rule, request) for one in rest.conditions):
                continue
            if rest.expressions:
                if found is None:
                    found = self._patterns.find(request.text)
                if not rest.expressions <= found:
                    continue
            return rest.rule
        raise LookupError("a table whose last rule has conditions")

    def _keep(self, kind: Kind, request: Request) -> tuple[Rest, ...]:
        """What is left of the table for a kind, up to the first rule without any further condition."""
        rests: list[Rest] = []
        for rule, conditions in self._rules:
            if not all(one.holds(rule, request) for one in conditions if one.name in OF_THE_KIND):
                continue
            others = tuple(one for one in conditions if one.name not in OF_THE_KIND | OF_THE_TEXT)
            rests.append(Rest(rule, self._numbers[rule.name], others))
            if not others and not rests[-1].expressions:
                break
        if len(self._kinds) >= MAX_KINDS:
            self._kinds.clear()
        return self._kinds.setdefault(kind, tuple(rests))
