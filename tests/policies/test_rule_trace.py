"""The trace tells what the table does: its winner is the table's, and every condition that there is can be told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from policies.patterns import compile_pattern, compile_words
from policies.rule_conditions import CONDITIONS
from policies.rule_match import FieldMatch, Match, Outcome, Rule, TimeWindow
from policies.rule_table import DEFAULT, RuleTable
from policies.rule_trace import TELLINGS, tell_trace, trace
from policies.types import Request

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
    tags_prefix=st.sampled_from([None, None, ("al", "b")]),
    languages=st.none() | st.just(frozenset({"en", "de"})),
    fields=st.sampled_from([(), (), (FieldMatch("tier", values=("gold",)),), (FieldMatch("n", low=2.0),)]),
    window=st.sampled_from([None, None, TimeWindow(time(9), time(17), frozenset({0, 5}), ZoneInfo("UTC"))]),
    min_tokens=st.sampled_from([0, 0, 2]),
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
    input_tokens=st.integers(1, 3),
    language=st.sampled_from([None, "en", "fr"]),
    fields=st.sampled_from([{}, {"tier": "gold"}, {"tier": "tin", "n": 3}]),
    asked_at=st.sampled_from([None, datetime(2026, 11, 28, 12, tzinfo=UTC), datetime(2026, 11, 28, 20, tzinfo=UTC)]),
    max_output_tokens=st.just(1),
    tags=st.frozensets(st.sampled_from(NAMES)),
    job=st.sampled_from(NAMES),
    category=st.none() | st.sampled_from(NAMES),
    category_confidence=st.none() | st.floats(0, 1),
    is_ambiguous=st.booleans(),
)


def rule_of(name: str, match: Match, use: Outcome) -> Rule:
    """A rule with its expressions compiled."""
    words = None if match.keywords is None else compile_words(match.keywords)
    pattern = None if match.regex is None else compile_pattern(match.regex)
    return Rule(name, match, use, 1, words, pattern)


def table_of(*some: Match, with_ambiguous: bool = False) -> RuleTable:
    """A table of rules called r0, r1 …, and the default."""
    use = Outcome(("m",), None)
    rules = [rule_of(f"r{n}", match, use) for n, match in enumerate(some)]
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
    assert [condition.name for condition in CONDITIONS] == list(TELLINGS)
    assert {telling.reads for telling in TELLINGS.values()} - {""} <= {f.name for f in fields(Request)}


def test_the_first_condition_that_fails_is_told(request_of: Callable[..., Request]) -> None:
    table = table_of(
        Match(task_types=frozenset({"generate"}), steps=frozenset({"answer"})),
        Match(tags_all=frozenset({"paid"})),
        Match(keywords=("duck",)),
    )
    lines = tell_trace(trace(table, request_of(task_type="rewrite", tags=frozenset({"paid"}), text="a goose")))
    assert lines == ["rule r0: no match: task_type is rewrite, not generate", "rule r1: matches"]
    hidden = trace(table, request_of(task_type="rewrite"), unknown=frozenset({"text"}))
    assert tell_trace(hidden)[1:] == [
        "rule r1: no match: tags lack paid",
        "rule r2: may match: it reads the request's text, not stored",
    ]
