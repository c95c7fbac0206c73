"""What new rules ask of logged requests that the rules of then did not: read again from the texts that are stored."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from policies.classification import ContentClassifier
from policies.logged_calls import Bools, Codes, Column, LoggedCalls
from policies.rule_table import RuleTable
from policies.types import Request
from tasks.languages import detect_languages

# Different texts, of which so many take some seconds; of more than these nothing is read again.
MOST_DETECTED, MOST_CLASSIFIED = 50_000, 2_000


def read_languages(table: RuleTable, log: LoggedCalls, *, most: int = MOST_DETECTED) -> LoggedCalls:
    """The log with the languages that a table asks for and the rules of then did not; as it is, beyond `most` texts."""
    was_asked = log.asked.spread(lambda asked: asked.has_languages, np.arange(log.n_rows))
    rows = np.flatnonzero(~was_asked & (log.text >= 0)) if table.needs_languages else np.zeros(0, np.int64)
    numbers, of_row = np.unique(log.text[rows], return_inverse=True)
    if not 0 < len(numbers) <= most:
        return log
    languages = detect_languages([text.decode() for text in log.texts.take(numbers)])
    asked = [*log.asked.values, *(replace(one, has_languages=True) for one in log.asked.values)]
    is_read = rows_of(rows, log.n_rows)
    return replace(
        log,
        language=replaced(log.language, rows, languages, of_row),
        asked=Column(np.where(is_read, log.asked.codes + len(log.asked.values), log.asked.codes), asked),
    )


def needs_categories(table: RuleTable, log: LoggedCalls, *, most: int = MOST_CLASSIFIED) -> bool:
    """Whether a table asks for categories of texts that nobody classified, `most` at most."""
    return table.needs_categories and len(unclassified(log)) > 0 and n_different(log) <= most


def read_categories(log: LoggedCalls, classifier: ContentClassifier) -> LoggedCalls:
    """The log with the categories of texts that nobody classified then."""
    rows = unclassified(log)
    _, firsts, of_row = np.unique(pairs_of(log, rows), return_index=True, return_inverse=True)
    some = rows[firsts]
    texts = [text.decode() for text in log.texts.take(log.text[some])]
    requests = [
        Request("", "", "", log.task_type.at(row), text, 0, 0, tags=log.tags.at(row))
        for row, text in zip(some.tolist(), texts, strict=True)
    ]
    told = classifier.classify(requests)
    confidence, is_ambiguous = log.confidence.copy(), log.is_ambiguous.copy()
    confidence[rows] = np.array([one.category_confidence for one in told], np.float64)[of_row]
    is_ambiguous[rows] = np.array([one.is_ambiguous for one in told], bool)[of_row]
    category = replaced(log.category, rows, [one.category for one in told], of_row)
    return replace(log, category=category, confidence=confidence, is_ambiguous=is_ambiguous)


def unclassified(log: LoggedCalls) -> Codes:
    """The rows whose text is known, and that no classifier was asked of."""
    rows: Codes = np.flatnonzero(np.isnan(log.confidence) & (log.text >= 0))
    return rows


def n_different(log: LoggedCalls) -> int:
    """How many different texts and tags nobody classified."""
    return len(np.unique(pairs_of(log, unclassified(log))))


def pairs_of(log: LoggedCalls, rows: Codes) -> Codes:
    """One number per row, equal for those of the same text and tags."""
    pairs: Codes = log.text[rows] * max(1, len(log.tags.values)) + log.tags.codes[rows]
    return pairs


def replaced(column: Column[str | None], rows: Codes, values: list[str | None], of_row: Codes) -> Column[str | None]:
    """A column with other values in some rows; `of_row` says which each has."""
    codes = column.codes.copy()
    codes[rows] = len(column.values) + of_row
    return Column(codes, [*column.values, *values])


def rows_of(rows: Codes, n_rows: int) -> Bools:
    """Whether each row is one of some."""
    is_one = np.zeros(n_rows, bool)
    is_one[rows] = True
    return is_one
