"""The trace tells what the table does: its winner is the table's, and every condition that there is can be told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from policies.rule_table import DEFAULT, Match, Outcome, Rule, RuleTable, word_pattern
from policies.rule_trace import CONDITIONS, tell_trace, trace
from policies.rules import pattern_of
from policies.types import Request

PART_OF_ANOTHER = {"min_confidence"}  # is told with the categories
NAMES = ("alpha", "beta", "gamma")
some_names = st.none() | st.frozensets(st.sampled_from(NAMES), min_size=1)
matches = st.builds(
    Match,
    task_types=some_names,
    steps=some_names,
    jobs=some_names,
    tags_any=some_names,
    tags_all=st.frozensets(st.sampled_from(NAMES), max_size=1),
    keywords=st.none() | st.just(("how many", "sum")),
    regex=st.sampled_from([None, None, "^is", "[0-9]"]),
    min_characters=st.sampled_from([0, 0, 5]),
    max_characters=st.sampled_from([None, None, 8]),
    categories=some_names,
    min_confidence=st.sampled_from([0.0, 0.5]),
)
requests = st.builds(
    Request,
    call_id=st.just("c"),
    item_id=st.just("i"),
    step=st.sampled_from(NAMES),
    task_type=st.sampled_from(NAMES),
    text=st.sampled_from(["", "is it 3", "How  many are there?", "a sum"]),
    input_tokens=st.just(1),
    max_output_tokens=st.just(1),
    tags=st.frozensets(st.sampled_from(NAMES)),
    job=st.sampled_from(NAMES),
    category=st.none() | st.sampled_from(NAMES),
    category_confidence=st.none() | st.floats(0, 1),
    is_ambiguous=st.booleans(),
)


def table_of(*some: Match, with_ambiguous: bool = False) -> RuleTable:
    """A table of rules called r0, r1 …, and the default."""
    use = Outcome(("m",), None)
    rules = [Rule(f"r{n}", m, use, n + 1, word_pattern(m.keywords), pattern_of(m.regex)) for n, m in enumerate(some)]
    default = Rule(DEFAULT, Match(), use, 99)
    ambiguous = Rule("ambiguous", Match(), use, 98) if with_ambiguous else None
    return RuleTable((*rules, default), "r-1", "rules.yaml", frozenset({"m"}), ambiguous=ambiguous)


@settings(max_examples=200, deadline=None)
@given(some=st.lists(matches, max_size=4), request=requests, with_ambiguous=st.booleans())
def test_the_winner_is_the_one_that_the_table_finds(some: list[Match], request: Request, with_ambiguous: bool) -> None:
    table = table_of(*some, with_ambiguous=with_ambiguous)
    told = trace(table, request)
    assert told.winner is table.find(request)
    *losers, winner = told.tried
    assert winner.is_match
    assert all(one.is_match is False and one.why for one in losers)


@settings(max_examples=200, deadline=None)
@given(some=st.lists(matches, max_size=4), request=requests)
def test_without_the_text_the_winner_is_the_same_or_not_known(some: list[Match], request: Request) -> None:
    table = table_of(*some)
    blind = replace(request, text=" " * len(request.text))
    told = trace(table, blind, unknown=frozenset({"text"}))
    assert told.winner is None or told.winner is table.find(request)
    if not any(rule.match.keywords or rule.match.regex for rule in table.rules):
        assert told.winner is table.find(request)


def test_every_condition_of_a_rule_can_be_told() -> None:
    assert {condition.name for condition in CONDITIONS} == {f.name for f in fields(Match)} - PART_OF_ANOTHER
    assert {condition.reads for condition in CONDITIONS} - {""} <= {f.name for f in fields(Request)}


def test_the_first_condition_that_fails_is_told(request_of: Callable[..., Request]) -> None:
    table = table_of(
        Match(task_types=frozenset({"generate"}), steps=frozenset({"answer"})),
        Match(tags_all=frozenset({"paid"})),
        Match(keywords=("duck",)),
    )
    lines = tell_trace(trace(table, request_of(task_type="rewrite", tags=frozenset({"paid"}), text="a goose")))
    assert lines == ["rule r0: no match: task_type is rewrite, not one of generate", "rule r1: matches"]
    hidden = trace(table, request_of(task_type="rewrite"), unknown=frozenset({"text"}))
    assert tell_trace(hidden)[1:] == [
        "rule r1: no match: tags lack paid",
        "rule r2: may match: it reads the request's text, not stored",
    ]
