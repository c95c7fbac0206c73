"""Logged calls under another threshold are what the classifier would have made of them, as far as the log says it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.categories import Category, table_of
from policies.classification import ContentClassifier
from policies.classifier import Guess
from policies.counterfactual import suppose
from policies.logged_calls import Asked, Column, LoggedCalls
from policies.logged_cases import Sources
from policies.reclassified import Classes, reclassify
from policies.rule_search import HIDDEN, find_rules
from policies.rule_table import RuleTable
from policies.rules import RulesPolicy, parse_rules
from policies.terms import Terms
from policies.types import Catalogue, Request, RoutingState, Weights
from tests.policies.logs import log_of

CATEGORIES = table_of(
    [
        Category("extract", "extract", tags=frozenset({"fields"})),
        Category("rewrite", "rewrite"),
        Category("legal", None),
    ]
)
CLASSES = Classes(0.5, CATEGORIES.task_types)
RULES = """
rules:
  - {{name: law, when: {{category: legal}}, use: {{model: large}}}}
  - {{name: type, when: {{task_type: extract}}, use: {{shortlist: [tiny, middle]}}}}
  - {{name: chosen, when: {{category: rewrite, min_confidence: 0.4}}, use: {{policy: strongest}}}}
{ambiguous}
default: {{use: {{policy: performance}}}}
"""
EXAMPLES = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
guesses = st.tuples(st.sampled_from(["extract", "rewrite", "legal"]), st.sampled_from([0.1, 0.3, 0.45, 0.6, 0.8, 1.0]))
asks = st.tuples(st.sampled_from(["auto", "extract", "generate"]), st.booleans(), guesses)
belows = st.sampled_from([None, 0.0, 0.2, 0.45, 0.7, 1.0])


class Scripted:
    """Guesses by text."""

    def __init__(self, given: Sequence[tuple[str, float]]) -> None:
        self.given = given

    def classify(self, texts: Sequence[str]) -> tuple[Guess, ...]:
        return tuple(Guess(*self.given[int(text)]) for text in texts)


def table_with(below: float | None, toy: Catalogue, *, has_rule: bool = True) -> RuleTable:
    ambiguous = f"ambiguous: {{below: {below}, use: {{model: middle}}}}" if below is not None and has_rule else ""
    return parse_rules(RULES.format(ambiguous=ambiguous), file="rules.yaml", catalogue=toy, categories=None)


def classified(
    asked: Sequence[tuple[str, bool, tuple[str, float]]], below: float | None, request_of: Callable[..., Request]
) -> tuple[Request, ...]:
    """What a table with this threshold would have made of the requests."""
    requests = [
        request_of(call_id=f"c{n}", task_type=kind, text=str(n), tags=frozenset({"fields"} if is_tagged else ()))
        for n, (kind, is_tagged, _) in enumerate(asked)
    ]
    threshold = CLASSES.threshold if below is None else below
    trained = Scripted([guess for _, _, guess in asked])
    return ContentClassifier(CATEGORIES, trained, threshold=threshold or 0.0).classify(requests)


def no_weights(_: str) -> Weights:
    raise AssertionError("no decision names weights")


@EXAMPLES
@given(asked=st.lists(asks, max_size=6), old=belows, new=belows)
def test_every_call_is_decided_as_if_it_had_been_classified_under_the_new_threshold(
    toy: Catalogue, request_of: Callable[..., Request], asked: list[tuple[str, bool, tuple[str, float]]], old, new
) -> None:
    log = log_of(classified(asked, old, request_of), asked=Asked(ambiguous_below=old))
    table = table_with(new, toy)
    supposed = suppose(table, reclassify(table, log, CLASSES), Sources(lambda _: toy, no_weights))
    again = classified(asked, new, request_of)
    policy, state = RulesPolicy(table, Terms(0.0)), RoutingState()
    expected = [policy.decide([one], toy, weights=None, state=state)[0].model for one in again]
    assert [supposed.models[n] for n in supposed.numbers] == expected


def older(log: LoggedCalls) -> LoggedCalls:
    """A log that does not say whether steps left their task type open."""
    return replace(log, is_auto=Column(np.zeros(log.n_rows, np.int64), [None]))


@EXAMPLES
@given(asked=st.lists(asks, max_size=6), old=belows, new=belows)
def test_what_an_older_log_does_not_say_is_not_known_and_never_wrong(
    toy: Catalogue, request_of: Callable[..., Request], asked: list[tuple[str, bool, tuple[str, float]]], old, new
) -> None:
    log = older(log_of(classified(asked, old, request_of), asked=Asked(ambiguous_below=old)))
    table = table_with(new, toy)
    found = find_rules(table, reclassify(table, log, CLASSES))
    for number, one in zip(found.numbers, classified(asked, new, request_of), strict=True):
        assert number == HIDDEN or found.rules[number] is table.find(one)


@pytest.mark.parametrize(
    ("asked", "is_decided"),
    [
        (Asked(ambiguous_below=None), True),  # as the classifier had it then
        (Asked(ambiguous_below=0.7), False),  # the classifier's own threshold is not known now
        (Asked(is_known=False), False),
    ],
)
def test_without_the_classifiers_own_threshold_only_its_own_verdicts_stand(
    toy: Catalogue, request_of: Callable[..., Request], asked: Asked, is_decided: bool
) -> None:
    log = log_of(classified([("generate", False, ("legal", 0.6))], 0.7, request_of), asked=asked)
    table = table_with(None, toy)
    assert (find_rules(table, reclassify(table, log, Classes(None))).numbers[0] != HIDDEN) == is_decided
    assert find_rules(table, reclassify(table, log, CLASSES)).numbers[0] != HIDDEN
