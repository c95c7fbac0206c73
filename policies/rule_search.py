"""The rule of each of many logged calls: what `RuleTable.find` says, condition by condition over whole columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from policies.logged_calls import Bools, Codes, Column, LoggedCalls
from policies.patterns import PatternSet, word_expression
from policies.rule_conditions import CONDITIONS, Condition
from policies.rule_match import Match, Rule
from policies.rule_table import RuleTable
from policies.types import Request

HIDDEN = -1  # in the place of a rule: what is not stored of the request could have decided
BLANK = Request("", "", "", "", "", 0, 0)
OF_THE_TEXT = frozenset({"keywords", "regex"})


@dataclass(frozen=True, slots=True)
class Found:
    """For each row the number of its rule in `rules`, or `HIDDEN`; the ambiguous rule, if there is one, is the last."""

    rules: tuple[Rule, ...]
    numbers: Codes


def find_rules(table: RuleTable, log: LoggedCalls) -> Found:
    """The first rule that matches each call, or `HIDDEN` where that depends on what is not stored."""
    numbers = np.full(log.n_rows, HIDDEN, np.int64)
    unsure: Bools = np.isnan(log.confidence)  # no classifier was asked, or its threshold is not known
    columns, searched = Columns(log, unsure), TextSearch(table, log)
    open_rows, is_open = np.arange(log.n_rows), np.ones(log.n_rows, bool)
    for number, rule in enumerate(table.rules):
        rows = open_rows
        hidden: Bools | None = None
        unknown: Bools | None
        for condition in (one for one in CONDITIONS if one.is_given(rule.match)):
            if condition.name in OF_THE_TEXT:
                kept, unknown = searched.holds(number, condition.name, rows), log.text[rows] < 0
            else:
                kept, unknown = columns.holds(rule, condition, rows), columns.unknown(rule, condition, rows)
            if unknown is not None:
                kept, hidden = kept | unknown, unknown if hidden is None else hidden | unknown
            rows, hidden = rows[kept], None if hidden is None else hidden[kept]
        if len(rows):
            numbers[rows if hidden is None else rows[~hidden]] = number
            is_open[rows] = False
            open_rows = open_rows[is_open[open_rows]]
    rules = table.rules
    if table.ambiguous is not None:
        by_default = numbers == len(rules) - 1
        numbers[by_default & log.is_ambiguous] = len(rules)
        numbers[by_default & unsure] = HIDDEN
        rules = (*rules, table.ambiguous)
    is_chosen = np.array([rule.outcome.chooser is not None for rule in rules])[numbers]
    numbers[is_chosen & ~(log.is_type_known & log.is_foreseen)] = HIDDEN  # a policy goes by both
    return Found(rules, numbers)


class Columns:
    """Conditions over whole columns: each asked once for every distinct value of what it reads."""

    def __init__(self, log: LoggedCalls, unsure: Bools) -> None:
        self._log, self._unsure = log, unsure
        self._made: dict[str, tuple[Codes, Sequence[Request]]] = {}

    def holds(self, rule: Rule, condition: Condition, rows: Codes) -> Bools:
        """For each of some rows whether a condition holds; of no meaning where it is `unknown`."""
        log, match = self._log, rule.match
        match condition.name:
            case "characters":
                return is_within(log.n_characters[rows], match.min_characters, match.max_characters)
            case "tokens":
                return is_within(log.input_tokens[rows], match.min_tokens, match.max_tokens)
            case "category":
                return self._is_of_category(match, rows)
        codes, stand_ins = self._stand_ins(condition.name)
        return Column(codes, stand_ins).spread(lambda request: condition.holds(rule, request), rows)

    def unknown(self, rule: Rule, condition: Condition, rows: Codes) -> Bools | None:
        """For each of some rows whether what a condition reads is not known; None where all of it always is."""
        log = self._log
        match condition.name:
            case "category":
                unsure: Bools = self._unsure[rows]
                return unsure
            case "task_type":
                hidden: Bools = ~log.is_type_known[rows]
                return hidden if hidden.any() else None
            case "language":
                was_told = log.asked.spread(lambda asked: asked.has_languages, rows)
                return log.language.spread(lambda value: value is None, rows) & ~was_told
            case "fields":
                wanted = {field.name for field in rule.match.fields}
                was_told = log.asked.spread(lambda asked: wanted <= asked.field_names, rows)
                return log.fields.spread(lambda value: value is None, rows) | ~was_told
        return None

    def _stand_ins(self, name: str) -> tuple[Codes, Sequence[Request]]:
        """A request for each distinct value of what a condition reads, with nothing else in it."""
        if name not in self._made:
            column, stand_in = self._column(name)
            self._made[name] = column.codes, [stand_in(value) for value in column.values]
        return self._made[name]

    def _column(self, name: str) -> tuple[Column[Any], Callable[[Any], Request]]:
        log = self._log
        match name:
            case "task_type":
                return log.task_type, lambda value: replace(BLANK, task_type=value)
            case "step":
                return log.step, lambda value: replace(BLANK, step=value)
            case "job":
                return log.job, lambda value: replace(BLANK, job=value)
            case "tags_any" | "tags_all" | "tags_prefix":
                return log.tags, lambda value: replace(BLANK, tags=value)
            case "language":
                return log.language, lambda value: replace(BLANK, language=value)
            case "fields":
                return log.fields, lambda value: replace(BLANK, fields=value or {})
            case "time":
                return log.asked_at, lambda value: replace(BLANK, asked_at=value)
        raise LookupError(f"a condition that nothing is known of: {name}")

    def _is_of_category(self, match: Match, rows: Codes) -> Bools:
        wanted = match.categories or frozenset()
        is_one = self._log.category.spread(lambda value: value in wanted, rows)
        confidence = np.nan_to_num(self._log.confidence[rows], nan=-1.0)
        holds: Bools = is_one & ~self._log.is_ambiguous[rows] & (confidence >= match.min_confidence)
        return holds


class TextSearch:
    """The expressions of a table over the distinct texts of a log, each text read once for all of them."""

    def __init__(self, table: RuleTable, log: LoggedCalls) -> None:
        self._log = log
        self._expressions: list[str] = []
        self._numbers: dict[tuple[int, str], int] = {}
        for number, rule in enumerate(table.rules):
            if rule.match.keywords is not None:
                self._add(number, "keywords", word_expression(rule.match.keywords))
            if rule.match.regex is not None:
                self._add(number, "regex", rule.match.regex)
        self._patterns = PatternSet(self._expressions)
        n_texts = len(log.texts)
        self._is_read = np.zeros(n_texts, bool)
        self._found = [np.zeros(n_texts + 1, bool) for _ in self._expressions]  # one more, for -1: no text

    def _add(self, rule: int, name: str, expression: str) -> None:
        self._numbers[rule, name] = len(self._expressions)
        self._expressions.append(expression)

    def holds(self, rule: int, name: str, rows: Codes) -> Bools:
        """For some rows whether the expression of a rule is found; false where there is no text."""
        text = self._log.text[rows]
        self._read(text)
        found: Bools = self._found[self._numbers[rule, name]][text]
        return found

    def _read(self, texts: Codes) -> None:
        """Look for all expressions in those of the texts that were not read yet."""
        is_new = np.zeros(len(self._is_read) + 1, bool)
        is_new[texts] = True
        new = np.flatnonzero(is_new[:-1] & ~self._is_read)
        find = self._patterns.find_encoded
        for number, text in zip(new.tolist(), self._log.texts.take(new), strict=True):
            for expression in find(text):
                self._found[expression][number] = True
        self._is_read[new] = True


def is_within(numbers: Codes, low: int, high: int | None) -> Bools:
    """Whether sizes are within both ends."""
    return (numbers >= low) if high is None else (numbers >= low) & (numbers <= high)
