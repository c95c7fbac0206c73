"""What is found and decided over whole columns is what the table and the policy say of each request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import reduce

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.counterfactual import REFUSED, UNDECIDED, suppose
from policies.logged_calls import Asked
from policies.logged_cases import Sources
from policies.pulse import Average, Pulse
from policies.reclassified import Classes, reclassify
from policies.rule_match import Match
from policies.rule_search import HIDDEN, find_rules
from policies.rules import RulesPolicy, parse_rules
from policies.terms import Terms
from policies.types import Catalogue, Request, RoutingState, Weights
from tests.policies.logs import log_of
from tests.policies.test_policy_contract import some_requests, some_states
from tests.policies.test_rule_trace import matches, requests, table_of

CALLS = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
RULES = """
rules:
  - {name: extract, when: {task_type: extract}, use: {model: tiny}}
  - {name: urgent, when: {tags_any: [urgent]}, use: {shortlist: [large, middle, tiny]}}
  - {name: numbers, when: {keywords: [how many]}, use: {shortlist: [middle, large], policy: performance, share: 0.5}}
  - {name: long, when: {min_characters: 500}, use: {policy: cheapest}}
  - {name: never, when: {step: cite, task_type: rewrite}, use: {refuse: no citations of rewritings}}
default: {use: {policy: performance}}
"""


ONES = reduce(Average.seen, [1.0] * 9, Average())
STRAINED = Pulse(failures=ONES, log_latency=ONES)


def no_weights(_: str) -> Weights:
    raise AssertionError("no decision names weights")


@CALLS
@given(some=st.lists(matches, max_size=4), asked=st.lists(requests, max_size=6), with_ambiguous=st.booleans())
def test_every_call_finds_the_rule_that_the_table_finds(
    some: list[Match], asked: list[Request], with_ambiguous: bool
) -> None:
    table = table_of(*some, with_ambiguous=with_ambiguous)
    found = find_rules(table, log_of(asked))
    for request, number in zip(asked, found.numbers, strict=True):
        if request.category_confidence is None and table.needs_categories:
            assert number == HIDDEN or found.rules[number] is table.find(request)  # no classifier was asked
        else:
            assert found.rules[number] is table.find(request)


@CALLS
@given(some=st.lists(matches, max_size=4), asked=st.lists(requests, max_size=6))
def test_without_what_a_rule_reads_the_rule_is_the_same_or_not_known(some: list[Match], asked: list[Request]) -> None:
    table = table_of(*some)
    blind = [replace(request, language=None, fields={}) for request in asked]
    found = find_rules(table, log_of(blind, has_text=False, asked=Asked()))
    for request, number in zip(asked, found.numbers, strict=True):
        assert number == HIDDEN or found.rules[number] is table.find(request)


@CALLS
@given(
    asked=some_requests(),
    state=some_states(),
    latency_price=st.sampled_from([0.0, 0.05, 0.5]),
    exploration=st.sampled_from([0.0, 0.3, 0.95]),
    multiplier=st.sampled_from([0.0, 30.0]),
    failing=st.sets(st.sampled_from(["tiny", "middle", "large"])),
)
def test_every_call_is_decided_as_the_policy_decides_it(
    toy: Catalogue,
    asked: tuple[Request, ...],
    state: RoutingState,
    latency_price: float,
    exploration: float,
    multiplier: float,
    failing: set[str],
) -> None:
    table = parse_rules(RULES, file="rules.yaml", catalogue=toy)
    terms = Terms(multiplier, latency_price, exploration, probing=0.4, dither=0.5)
    state = replace(state, pulses=dict.fromkeys(sorted(failing), STRAINED))
    log = log_of(asked, states=[state] * len(asked), terms=terms)
    supposed = suppose(table, log, Sources(lambda _: toy, no_weights))
    policy = RulesPolicy(table, terms)
    expected = [policy.decide([request], toy, weights=None, state=state)[0].model for request in asked]
    assert [None if n == REFUSED else supposed.models[n] for n in supposed.numbers] == expected


def test_calls_that_differ_in_nothing_that_matters_are_one_case(
    toy: Catalogue, request_of: Callable[..., Request]
) -> None:
    table = parse_rules(RULES, file="rules.yaml", catalogue=toy)
    asked = [request_of(call_id=f"c-{n}", task_type="extract", input_tokens=n, text=f"text {n}") for n in range(50)]
    states = [RoutingState(remaining_usd=Decimal(100 - n)) for n in range(50)]
    supposed = suppose(table, log_of(asked, states=states), Sources(lambda _: toy, no_weights))
    assert (supposed.n_cases, supposed.models) == (1, ("tiny",))


def test_a_call_without_a_state_is_undecided(toy: Catalogue, request_of: Callable[..., Request]) -> None:
    table = parse_rules(RULES, file="rules.yaml", catalogue=toy)
    log = log_of([request_of(), request_of()], states=[None, RoutingState()])
    supposed = suppose(table, log, Sources(lambda _: toy, no_weights))
    assert (supposed.numbers[0], supposed.n_without_state, supposed.n_hidden) == (UNDECIDED, 1, 0)
    assert supposed.models == ("large",)


def test_a_table_that_is_unsure_elsewhere_than_the_log_was_decides_by_its_own_threshold(
    toy: Catalogue, request_of: Callable[..., Request]
) -> None:
    text = "ambiguous: {below: 0.6, use: {model: tiny}}\ndefault: {use: {model: large}}\n"
    table = parse_rules(text, file="rules.yaml", catalogue=toy)
    asked = [
        replace(request_of(), category="a", category_confidence=confidence, is_ambiguous=is_ambiguous)
        for confidence, is_ambiguous in ((0.5, True), (0.7, False), (0.5, False), (0.7, True))
    ]
    log = log_of(asked)
    supposed = suppose(table, reclassify(table, log, Classes()), Sources(lambda _: toy, no_weights))
    assert [supposed.models[n] for n in supposed.numbers] == ["tiny", "large", "tiny", "large"]
    assert supposed.n_hidden == 0


def test_an_empty_log_is_decided(toy: Catalogue) -> None:
    table = parse_rules(RULES, file="rules.yaml", catalogue=toy)
    supposed = suppose(table, log_of([]), Sources(lambda _: toy, no_weights))
    assert (len(supposed.numbers), supposed.n_cases) == (0, 0)
    assert np.array_equal(supposed.numbers, np.zeros(0))
