"""Finds the first rule that matches a request, fast: rules are sorted out by what few requests differ in.

Most conditions ask for words of a small vocabulary (task type, step, job, tags …). What is left of the table for one
combination of these is kept, so that later requests of the kind only have their sizes, fields, time and text looked at;
the same goes for task type, step and job alone, since tags are the most various.
The text is read once for all keywords and expressions of the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias, TypeVar

from policies.patterns import PatternSet, word_expression
from policies.rule_conditions import CONDITIONS, Condition
from policies.rule_match import Rule
from policies.types import Request

# Tags may be as many as items are: what is kept of combinations is thrown away beyond this many.
MAX_KINDS = 4096
OF_THE_PLACE = frozenset({"task_type", "step", "job"})
OF_THE_TAGS = frozenset({"tags_any", "tags_all", "tags_prefix", "language"})
OF_THE_TEXT = frozenset({"keywords", "regex"})

Place: TypeAlias = tuple[str, str, str]
Kind: TypeAlias = tuple[str, str, str, frozenset[str], str | None]
_K = TypeVar("_K")


@dataclass(frozen=True, slots=True)
class Sorted:
    """A rule with its conditions by how many requests share their answer, and the numbers of its expressions."""

    rule: Rule
    of_place: tuple[Condition, ...]
    of_tags: tuple[Condition, ...]
    others: tuple[Condition, ...]
    expressions: frozenset[int]


class RuleFinder:
    """Finds what `rule_conditions.matches` says, for rules of which the last one always matches."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._expressions: list[str] = []
        self._rules = tuple([self._sort(rule) for rule in rules])
        self._places: dict[Place, tuple[Sorted, ...]] = {}
        self._kinds: dict[Kind, tuple[Sorted, ...]] = {}

    def _sort(self, rule: Rule) -> Sorted:
        match, first = rule.match, len(self._expressions)
        self._expressions += [] if match.keywords is None else [word_expression(match.keywords)]
        self._expressions += [] if match.regex is None else [match.regex]
        given = [one for one in CONDITIONS if one.is_given(match)]
        return Sorted(
            rule,
            tuple(one for one in given if one.name in OF_THE_PLACE),
            tuple(one for one in given if one.name in OF_THE_TAGS),
            tuple(one for one in given if one.name not in OF_THE_PLACE | OF_THE_TAGS | OF_THE_TEXT),
            frozenset(range(first, len(self._expressions))),
        )

    @cached_property
    def _patterns(self) -> PatternSet:
        return PatternSet(self._expressions)

    def find(self, request: Request) -> Rule:
        """The first rule that matches."""
        kind = (request.task_type, request.step, request.job, request.tags, request.language)
        rests = self._kinds.get(kind)
        if rests is None:
            rests = self._of_kind(kind, request)
        found: set[int] | None = None
        for rest in rests:
            if rest.others and not all_hold(rest.others, rest.rule, request):
                continue
            if rest.expressions:
                if found is None:
                    found = self._patterns.find(request.text)
                if not rest.expressions <= found:
                    continue
            return rest.rule
        raise LookupError("a table whose last rule has conditions")

    def _of_kind(self, kind: Kind, request: Request) -> tuple[Sorted, ...]:
        """What is left of the table for a kind, up to the first rule without any further condition."""
        rests: list[Sorted] = []
        for one in self._of_place(kind[:3], request):
            if all_hold(one.of_tags, one.rule, request):
                rests.append(one)
                if not one.others and not one.expressions:
                    break
        return keep(self._kinds, kind, tuple(rests))

    def _of_place(self, place: Place, request: Request) -> tuple[Sorted, ...]:
        """What is left of the table for a task type, step and job."""
        rests = self._places.get(place)
        if rests is None:
            rests = tuple([one for one in self._rules if all_hold(one.of_place, one.rule, request)])
            keep(self._places, place, rests)
        return rests


def all_hold(conditions: tuple[Condition, ...], rule: Rule, request: Request) -> bool:
    """Whether some conditions of a rule hold; a loop, since a generator costs more than most conditions."""
    for one in conditions:  # noqa: SIM110 # as said
        if not one.holds(rule, request):
            return False
    return True


def keep(kept: dict[_K, tuple[Sorted, ...]], key: _K, rests: tuple[Sorted, ...]) -> tuple[Sorted, ...]:
    """Keep what is left for a key; all is thrown away first where there is too much."""
    if len(kept) >= MAX_KINDS:
        kept.clear()
    return kept.setdefault(key, rests)
