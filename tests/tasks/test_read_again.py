"""Languages and categories that nobody asked for when calls were routed are read from texts, if these are not many."""

from __future__ import annotations

import numpy as np

from policies.categories import Category
from policies.categories import table_of as categories_of
from policies.classification import ContentClassifier
from policies.logged_calls import Asked
from policies.rule_match import Match
from policies.types import Request
from tasks.read_again import needs_categories, read_categories, read_languages
from tests.policies.logs import log_of
from tests.policies.test_rule_trace import table_of

TEXTS = (
    "Where is the invoice of last month?",
    "Wo ist die Rechnung vom letzten Monat?",
    "Where is the invoice of last month?",
)
REQUESTS = [Request(f"c{n}", "i", "s", "generate", text, 9, 9) for n, text in enumerate(TEXTS)]
LANGUAGES = table_of(Match(languages=frozenset({"de"})))
CATEGORIES = table_of(Match(categories=frozenset({"bills"})))
CLASSIFIER = ContentClassifier(categories_of([Category("bills", None, keywords=("Rechnung",))]))


def test_languages_are_read_where_they_were_not_asked_for() -> None:
    log = log_of(REQUESTS, asked=Asked())
    read = read_languages(LANGUAGES, log)
    assert [read.language.at(row) for row in range(3)] == ["en", "de", "en"]
    assert all(read.asked.at(row).has_languages for row in range(3))
    assert [log.language.at(row) for row in range(3)] == [None] * 3  # untouched


def test_languages_are_left_where_nobody_asks_or_the_text_is_not_there_or_they_are_known() -> None:
    log = log_of(REQUESTS, asked=Asked())
    blind, asked = log_of(REQUESTS, asked=Asked(), has_text=False), log_of(REQUESTS, asked=Asked(has_languages=True))
    assert read_languages(CATEGORIES, log) is log
    assert read_languages(LANGUAGES, blind) is blind
    assert read_languages(LANGUAGES, asked) is asked
    assert read_languages(LANGUAGES, log, most=2) is log  # each row counts: the texts of this log are not shared


def test_categories_are_read_where_nobody_was_asked() -> None:
    log = log_of(REQUESTS)
    assert needs_categories(CATEGORIES, log)
    assert not needs_categories(CATEGORIES, log, most=2)
    assert not needs_categories(LANGUAGES, log)
    read = read_categories(log, CLASSIFIER)
    assert [read.category.at(row) for row in range(3)] == [None, "bills", None]
    assert read.is_ambiguous.tolist() == [True, False, True]
    assert read.confidence.tolist() == [0.0, 1.0, 0.0]
    assert not needs_categories(CATEGORIES, read)
    assert np.isnan(log.confidence).all()
