"""What new rules ask of logged requests that the rules of then did not: read again from the texts that are stored."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from policies.classification import ContentClassifier
from policies.errors import BadInputError
from policies.forecast import Forecast
from policies.logged_calls import Bools, Codes, Column, LoggedCalls
from policies.rule_search import HIDDEN, find_rules
from policies.rule_table import RuleTable
from policies.types import Request
from tasks.foreseeing import forecast_each
from tasks.languages import detect_languages
from tasks.predictors import InForce, credited_in
from tasks.replaying import Library

# Different texts, of which so many take some seconds; of more than these nothing is read again.
MOST_DETECTED, MOST_CLASSIFIED, MOST_FORESEEN = 50_000, 2_000, 2_000


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


def read_forecasts(table: RuleTable, log: LoggedCalls, library: Library, *, most: int = MOST_FORESEEN) -> LoggedCalls:
    """The log with what the predictors in force then make of texts that they were not asked about, and a table does.

    As it is, beyond `most` different texts; and where a predictor is not there any more, or a text not stored.
    """
    rows = np.flatnonzero(~log.is_foreseen & (log.text >= 0))
    rows = rows[are_weighed(table, log.at_rows(rows))]
    keys = (log.text[rows] * len(log.task_type.values) + log.task_type.codes[rows]) * len(log.weights_version.values)
    numbers, firsts, of_row = np.unique(keys + log.weights_version.codes[rows], return_index=True, return_inverse=True)
    if not 0 < len(numbers) <= most:
        return log
    forecasts = foresee_rows(log, rows[firsts], library)
    is_read = np.array([one is not None for one in forecasts], bool)[of_row]
    codes, known = log.forecast.codes.copy(), log.is_foreseen.copy()
    codes[rows] = np.where(is_read, len(log.forecast.values) + of_row, codes[rows])
    known[rows] = is_read
    return replace(log, forecast=Column(codes, [*log.forecast.values, *forecasts]), is_foreseen=known)


def are_weighed(table: RuleTable, log: LoggedCalls) -> Bools:
    """Whether each call is one that a table leaves to a policy."""
    found = find_rules(table, replace(log, is_foreseen=np.ones(log.n_rows, bool)))
    is_chosen = np.array([rule.outcome.chooser is not None for rule in found.rules], bool)
    weighed: Bools = (found.numbers != HIDDEN) & is_chosen[found.numbers]
    return weighed


def foresee_rows(log: LoggedCalls, rows: Codes, library: Library) -> list[Forecast | None]:
    """What its predictor makes of each row; None where that is not there."""
    texts = [text.decode() for text in log.texts.take(log.text[rows])]
    by_version: dict[str | None, list[int]] = {}
    for place, row in enumerate(rows.tolist()):
        by_version.setdefault(log.weights_version.at(row), []).append(place)
    forecasts: list[Forecast | None] = [None] * len(texts)
    for version, places in by_version.items():
        in_force = in_force_then(version, library)
        if in_force is None:
            continue
        asked = [Request("", "", "", log.task_type.at(int(rows[place])), texts[place], 0, 0) for place in places]
        for place, forecast in zip(places, forecast_each(asked, in_force), strict=True):
            forecasts[place] = forecast
    return forecasts


def in_force_then(version: str | None, library: Library) -> InForce | None:
    """The predictor that a version of the weights names; None where it names none, or that is not there any more."""
    name = library.predictor_of(version)
    if version is None or name is None:
        return None
    try:
        return InForce(name, library.predictor(version, name), credited=credited_in(library.weights(version)))
    except BadInputError:
        return None


def without_stale(log: LoggedCalls, before: LoggedCalls) -> LoggedCalls:
    """The log without the forecasts of calls whose task type is another one than before."""
    old, new = (np.array(one.task_type.values)[one.task_type.codes] for one in (before, log))
    is_stale = (old != new) & log.forecast.spread(lambda forecast: forecast is not None, np.arange(log.n_rows))
    if not is_stale.any():
        return log
    codes = np.where(is_stale, len(log.forecast.values), log.forecast.codes)
    forecast: Column[Forecast | None] = Column(codes, [*log.forecast.values, None])
    return replace(log, forecast=forecast, is_foreseen=log.is_foreseen & ~is_stale)


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
