"""The task-specific policy: an ordered table of rules, read from a file; the first match decides who may serve."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import get_args
from zoneinfo import ZoneInfo

from policies.categories import NO_CATEGORIES, CategoryTable
from policies.deciding import Scope, Sources, narrow, settle
from policies.documents import Document, Path, locate_document, null_keys
from policies.errors import BadInputError
from policies.options import list_options
from policies.rule_match import FieldMatch, Match, Outcome, Rule, TimeWindow, make_rule
from policies.rule_ranking import Asked, Ruling, choice_of, rank_by_rules
from policies.rule_table import AMBIGUOUS, DEFAULT, RuleTable
from policies.rules_schema import Day, FieldEntry, RangeEntry, RulesFile, TimeEntry, UseEntry, WhenEntry
from policies.terms import PLAIN, Terms
from policies.types import UNROUTED_TASK_TYPES, Catalogue, Decision, Request, RoutingState, Weights

DAYS: tuple[str, ...] = get_args(Day)
# In the place of a default that does not fit, so that the rules before it can be checked.
ANY_DEFAULT: Mapping[str, object] = {"default": {"use": {"policy": "cheapest"}}}
RESERVED = {DEFAULT: "is the default's name", AMBIGUOUS: "is the ambiguous rule's name"}


@dataclass(frozen=True)
class RulesPolicy:
    """First match wins; a rule narrows, then its order or its policy chooses among the models that may serve.

    Never wider than the rule: where no model of its shortlist may serve, the request is refused. Requests whose rules
    name the same policy are weighed together, so that `performance` has one λ per chunk; `terms` may fix it. Where a
    rule hands only a share of its requests to its policy, which ones is drawn from the seed and the call's id.
    """

    table: RuleTable
    terms: Terms = PLAIN

    @property
    def name(self) -> str:
        return "rules"

    def decide(
        self, requests: Sequence[Request], catalogue: Catalogue, *, weights: Weights | None, state: RoutingState
    ) -> tuple[Decision, ...]:
        """Decide by the table."""
        rulings = [self._rulings[self.table.find(request).name] for request in requests]
        scopes = [ruling.scope for ruling in rulings]
        options = list_options(requests, catalogue, weights=weights, state=state)
        asked = Asked(requests, rulings, narrow(scopes, options), state)
        sources = Sources(self.name, weights.version if weights else None, self.table.version)
        return settle(requests, options, rank_by_rules(asked, self.terms), scopes, sources=sources)

    @cached_property
    def _rulings(self) -> Mapping[str, Ruling]:
        ambiguous = self.table.ambiguous
        rules = (*self.table.rules, *(() if ambiguous is None else (ambiguous,)))
        return {rule.name: Ruling(rule, scope_of(rule), choice_of(rule.outcome)) for rule in rules}


def scope_of(rule: Rule) -> Scope:
    """The models that a rule leaves."""
    if rule.outcome.refusal is not None:
        refusal = f"rule {rule.name} refuses: {rule.outcome.refusal}"
        return Scope(frozenset(), f"rule {rule.name} refuses", rule.name, refusal)
    names = rule.outcome.shortlist
    return Scope(None if names is None else frozenset(names), f"not among the models of rule {rule.name}", rule.name)


def parse_rules(
    text: str, *, file: str, catalogue: Catalogue, categories: CategoryTable | None = NO_CATEGORIES
) -> RuleTable:
    """Read a rule file; `BadInputError` names the file, the line and the field.

    Refused besides what the schema refuses: models and task types that the catalogue lacks, categories that are none
    (where `categories` says which there are), names that stand twice.
    """
    document = check_rules(text, file=file, catalogue=catalogue, categories=categories)
    content = document.content
    rules = [
        build_rule(entry.name, entry.when, entry.use, line=document.lines.get(("rules", i), 1))
        for i, entry in enumerate(content.rules)
    ]
    rules.append(build_rule(DEFAULT, None, content.default.use, line=document.lines.get(("default",), 1)))
    version = rules_version(text)
    models = frozenset(model.name for model in catalogue.models)
    table = RuleTable(tuple(rules), version, file, models, catalogue.file)
    entry = content.ambiguous
    if entry is None:
        return table
    ambiguous = build_rule(AMBIGUOUS, None, entry.use, line=document.lines.get(("ambiguous",), 1))
    return replace(table, ambiguous=ambiguous, ambiguous_below=entry.below)


def rules_version(text: str) -> str:
    """The version of a rule file: `r-` and the first 16 hex digits of its SHA-256."""
    return "r-" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def check_rules(
    text: str, *, file: str, catalogue: Catalogue | None, categories: CategoryTable | None
) -> Document[RulesFile]:
    """A rule file as written; raises what `parse_rules` does, without what can't be said while a table is None."""

    def problems(document: Document[RulesFile]) -> Iterator[BadInputError]:
        yield from null_keys(document)
        yield from bad_names(document)
        if catalogue is not None:
            yield from bad_task_types(document, catalogue)
            yield from bad_models(document, catalogue)
        if categories is not None:
            yield from bad_categories(document, categories)

    return locate_document(text, RulesFile, file=file, check=problems, stand_ins=ANY_DEFAULT)


def bad_names(document: Document[RulesFile]) -> Iterator[BadInputError]:
    """An error for each rule's name that stands twice, or that has another meaning."""
    seen = {DEFAULT, AMBIGUOUS}
    for i, entry in enumerate(document.content.rules):
        if entry.name in seen:
            problem = RESERVED.get(entry.name, "stands twice")
            yield document.error(("rules", i, "name"), problem, value=entry.name)
        seen.add(entry.name)


def bad_task_types(document: Document[RulesFile], catalogue: Catalogue) -> Iterator[BadInputError]:
    """An error for each task type that the catalogue lacks, or that is never routed."""
    for i, entry in enumerate(document.content.rules):
        for j, task_type in enumerate(entry.when.task_type or ()):
            problem = None
            if task_type not in catalogue.task_types:
                problem = f"is no task type of {catalogue.file}"
            elif task_type in UNROUTED_TASK_TYPES:
                problem = "is never routed: retrieve steps search an index of their own"
            if problem is not None:
                yield document.error(("rules", i, "when", "task_type", j), problem, value=task_type)


def bad_categories(document: Document[RulesFile], categories: CategoryTable) -> Iterator[BadInputError]:
    """An error for each category that no file describes."""
    for i, entry in enumerate(document.content.rules):
        for j, name in enumerate(entry.when.category or ()):
            if name not in categories:
                known = ", ".join(category.name for category in categories.categories) or "none"
                path = ("rules", i, "when", "category", j)
                yield document.error(path, f"is no category of the examples; there are {known}", value=name)


def bad_models(document: Document[RulesFile], catalogue: Catalogue) -> Iterator[BadInputError]:
    """An error for each model that the catalogue lacks."""
    content = document.content
    uses: list[tuple[Path, UseEntry]] = [(("rules", i, "use"), entry.use) for i, entry in enumerate(content.rules)]
    uses.append((("default", "use"), content.default.use))
    if content.ambiguous is not None:
        uses.append((("ambiguous", "use"), content.ambiguous.use))
    for path, use in uses:
        named: list[tuple[Path, str]] = [((*path, "shortlist", i), name) for i, name in enumerate(use.shortlist or ())]
        named += [((*path, "model"), use.model)] if use.model is not None else []
        for place, name in named:
            if name not in catalogue:
                yield document.error(place, f"is no model of {catalogue.file}", value=name)


def build_rule(name: str, when: WhenEntry | None, use: UseEntry, *, line: int) -> Rule:
    """The frozen value of one rule; without `when` it matches everything."""
    return make_rule(name, build_match(when) if when else Match(), build_outcome(use), line=line)


def build_outcome(use: UseEntry) -> Outcome:
    """The frozen value of one `use`."""
    shortlist = (use.model,) if use.model is not None else tuple(use.shortlist) if use.shortlist else None
    return Outcome(shortlist, use.policy, 1.0 if use.share is None else use.share, use.refuse)


def build_match(when: WhenEntry) -> Match:
    """The frozen value of one `when`."""
    return Match(
        task_types=as_set(when.task_type),
        steps=as_set(when.step),
        jobs=as_set(when.job),
        tags_any=as_set(when.tags_any),
        tags_all=as_set(when.tags_all) or frozenset(),
        tags_prefix=tuple(when.tags_prefix) if when.tags_prefix else None,
        languages=as_set(when.language),
        keywords=tuple(when.keywords) if when.keywords else None,
        regex=when.regex,
        min_characters=when.min_characters or 0,
        max_characters=when.max_characters,
        min_tokens=when.min_tokens or 0,
        max_tokens=when.max_tokens,
        categories=as_set(when.category),
        min_confidence=when.min_confidence or 0.0,
        fields=tuple(build_field(name, entry) for name, entry in (when.fields or {}).items()),
        window=None if when.time is None else build_window(when.time),
    )


def build_field(name: str, entry: FieldEntry) -> FieldMatch:
    """The frozen value of one field's condition."""
    if not isinstance(entry, RangeEntry):
        return FieldMatch(name, values=tuple(entry) if isinstance(entry, list) else (entry,))
    if entry.prefix is not None:
        return FieldMatch(name, prefixes=tuple(entry.prefix))
    return FieldMatch(name, low=entry.min, high=entry.max)


def build_window(entry: TimeEntry) -> TimeWindow:
    """The frozen value of one time window."""
    days = None if entry.days is None else frozenset(DAYS.index(day) for day in entry.days)
    return TimeWindow(entry.start, entry.end, days, ZoneInfo(entry.timezone))


def as_set(names: Iterable[str] | None) -> frozenset[str] | None:
    """A condition's names; None stays no condition."""
    return None if names is None else frozenset(names)
