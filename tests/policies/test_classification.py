"""How a request gets its category, and which rule it then takes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from policies.categories import Category, parse_categories, table_of
from policies.classification import ContentClassifier
from policies.classifier import Guess
from policies.errors import BadInputError
from policies.rules import RulesPolicy, parse_rules
from policies.types import RoutingState

TABLE = table_of(
    [
        Category("extract", "extract", keywords=("pull out",), tags=frozenset({"fields"})),
        Category("summarize", "summarize", keywords=("tl;dr", "condense")),
        Category("legal", None, tags=frozenset({"law"})),
    ]
)


class Fixed:
    """Guesses from a list of texts."""

    def __init__(self, **guesses: tuple[str, float]) -> None:
        self.guesses = guesses
        self.asked: list[str] = []

    def classify(self, texts: Sequence[str]) -> tuple[Guess, ...]:
        self.asked += texts
        return tuple(Guess(*self.guesses.get(text, ("summarize", 0.3))) for text in texts)


def test_tags_come_before_keywords_and_these_before_the_classifier(request_of) -> None:
    trained = Fixed(both=("legal", 0.9))
    requests = [
        request_of(task_type="auto", text="condense it", tags=frozenset({"fields"})),
        request_of(task_type="auto", text="Please CONDENSE it"),
        request_of(task_type="auto", text="pull out, then condense"),
        request_of(task_type="auto", text="both"),
    ]
    classified = ContentClassifier(TABLE, trained, threshold=0.5).classify(requests)
    assert [(r.category, r.category_confidence, r.task_type, r.is_ambiguous) for r in classified] == [
        ("extract", 1.0, "extract", False),
        ("summarize", 1.0, "summarize", False),
        ("summarize", 0.3, "auto", True),  # keywords of two categories settle nothing
        ("legal", 0.9, "auto", False),  # a category of no task type
    ]
    assert trained.asked == ["pull out, then condense", "both"]


def test_without_a_trained_classifier_what_no_keyword_names_is_ambiguous(request_of) -> None:
    (request,) = ContentClassifier(TABLE).classify([request_of(text="hello")])
    assert (request.category, request.category_confidence, request.is_ambiguous) == (None, 0.0, True)


def test_a_step_that_says_its_task_type_keeps_it(request_of) -> None:
    (request,) = ContentClassifier(TABLE).classify([request_of(task_type="generate", text="condense")])
    assert (request.task_type, request.category) == ("generate", "summarize")


RULES = """
rules:
  - name: urgent
    when: {tags_any: urgent}
    use: {model: large}
  - name: surely-legal
    when: {category: legal, min_confidence: 0.8}
    use: {model: middle}
  - name: legal
    when: {category: legal}
    use: {model: tiny}
ambiguous:
  below: 0.5
  use: {shortlist: [large, middle]}
default:
  use: {model: secretive}
"""


@pytest.mark.parametrize(
    ("text", "tags", "rule", "model"),
    [
        ("sure", (), "surely-legal", "middle"),
        ("rather", (), "legal", "tiny"),
        ("hardly", (), "ambiguous", "large"),
        ("hardly", ("urgent",), "urgent", "large"),
        ("condense", (), "default", "secretive"),
    ],
)
def test_a_rule_of_a_category_takes_what_is_sure_enough_and_the_ambiguous_rule_the_rest(
    toy, request_of, text: str, tags: tuple[str, ...], rule: str, model: str
) -> None:
    table = parse_rules(RULES, file="r.yaml", catalogue=toy, categories=TABLE)
    trained = Fixed(sure=("legal", 0.9), rather=("legal", 0.6), hardly=("legal", 0.4))
    classifier = ContentClassifier(TABLE, trained, threshold=table.ambiguous_below or 1.0)
    requests = classifier.classify([request_of(text=text, tags=frozenset(tags), max_output_tokens=50)])
    (decision,) = RulesPolicy(table).decide(requests, toy, weights=None, state=RoutingState())
    assert (decision.rule, decision.model) == (rule, model)


def test_without_an_ambiguous_rule_the_default_takes_what_is_ambiguous(toy, request_of) -> None:
    start, end = RULES.index("ambiguous:"), RULES.index("default:")
    table = parse_rules(RULES[:start] + RULES[end:], file="r.yaml", catalogue=toy, categories=TABLE)
    (request,) = ContentClassifier(TABLE, Fixed(), threshold=0.5).classify([request_of(text="?")])
    assert table.find(request).name == "default"
    assert table.needs_categories


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        (("category: legal}", "category: law}"), "r.yaml:10: rules.2.when.category.0: is no category of the examples"),
        (("below: 0.5", "below: 2"), "r.yaml:13: ambiguous.below"),
        (("shortlist: [large, middle]", "model: huge"), "r.yaml:14: ambiguous.use.model: is no model of toy.yaml"),
        (("name: urgent", "name: ambiguous"), "r.yaml:3: rules.0.name: is the ambiguous rule's name"),
        (("tags_any: urgent", "tags_any: urgent, min_confidence: 0.5"), "r.yaml:4: rules.0.when: "),
    ],
)
def test_slips_are_refused_with_their_place(toy, edit: tuple[str, str], problem: str) -> None:
    with pytest.raises(BadInputError) as error:
        parse_rules(RULES.replace(*edit), file="r.yaml", catalogue=toy, categories=TABLE)
    assert str(error.value).startswith(problem)


def test_the_shipped_examples_are_of_every_task_type_that_is_routed(toy) -> None:
    from tests.policies.conftest import POLICIES

    texts = {str(file): file.read_text() for file in sorted((POLICIES / "examples").glob("*.yaml"))}
    table = parse_categories(texts, catalogue=toy)
    assert set(table.task_types.values()) == toy.task_types - {"embed"}
    assert {len(category.examples) for category in table.categories} == {160}
