"""What rules ask of requests is read, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from policies.categories import Category, table_of
from policies.languages import LANGUAGES
from policies.types import Request
from tasks.content import ContentReader
from tasks.languages import detect_languages

SENTENCES = {
    "en": "How long does delivery to a small town in Scotland take, and what does it cost?",
    "de": "Wie lange dauert die Lieferung in eine kleine Stadt im Schwarzwald, und was kostet sie?",
    "fr": "Combien de temps prend la livraison dans une petite ville de Bretagne, et combien coûte-t-elle ?",
    "es": "¿Cuánto tarda el envío a un pueblo pequeño de Andalucía, y cuánto cuesta en total?",
    "ja": "スコットランドの小さな町への配達にはどのくらいかかりますか。",
}


def request_of(text: str) -> Request:
    return Request("c", "i", "answer", "generate", text, 10, 10)


@pytest.mark.parametrize(("language", "text"), SENTENCES.items())
def test_a_sentence_tells_its_language(language: str, text: str) -> None:
    assert detect_languages([text]) == [language]


@pytest.mark.parametrize("text", ["", "42", "…!", "\ud800", "\x00"])
def test_what_is_no_language_is_none_that_is_known(text: str) -> None:
    assert detect_languages([text]) == [None]


def test_rules_may_name_what_can_be_detected() -> None:
    labels = set(LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True).labels)
    assert labels == LANGUAGES | {"zxx"}


def test_nothing_is_read_that_no_rule_asks_for() -> None:
    reader = ContentReader(frozenset({"tier", "missing"}))
    (request,) = reader.read([request_of(SENTENCES["de"])])
    assert request.language is None
    assert reader.fields_of({"tier": "gold", "password": "x"}) == {"tier": "gold"}
    (request,) = ContentReader(has_languages=True).read([request])
    assert request.language == "de"


def test_a_field_that_is_no_scalar_counts_as_its_text() -> None:
    reader = ContentReader(frozenset({"a", "b", "c"}))
    assert reader.fields_of({"a": Decimal("1.50"), "b": ["x"], "c": None}) == {"a": "1.50", "b": "['x']", "c": None}


@pytest.mark.parametrize(
    ("said", "task_type", "category"),
    [
        ("code", "code", "code"),
        (' "Code".\n', "code", "code"),
        ("BUG REPORT", "extract", "bug report"),
        ("bugs", "auto", None),
        ("", "auto", None),
        ("embed", "auto", None),  # no model is asked for it
    ],
)
def test_a_category_that_a_step_says_is_taken_if_there_is_one(said: str, task_type: str, category: str | None) -> None:
    reader = ContentReader(categories=table_of([Category("bug report", "extract")]))
    request = reader.told(replace(request_of("x"), task_type="auto"), said, task_types=frozenset({"code", "extract"}))
    assert (request.task_type, request.category, request.is_ambiguous) == (task_type, category, category is None)
    (fixed,) = [reader.told(request_of("x"), said, task_types=frozenset({"code"}))]
    assert fixed.task_type == "generate"
