"""What each condition of a rule means, and that the fast finder says the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.rule_conditions import failed_condition, matches
from policies.rule_finder import RuleFinder
from policies.rule_match import FieldMatch, Match, Outcome, Rule, TimeWindow, make_rule
from policies.rules import parse_rules
from policies.types import Catalogue, Request

Build = Callable[..., Request]
NIGHT = 'time: {from: "22:00", to: "06:00", days: [fri], timezone: Europe/Berlin}'


def rule_of(when: str, catalogue: Catalogue) -> Rule:
    text = f"rules: [{{name: one, when: {{{when}}}, use: {{model: tiny}}}}]\ndefault: {{use: {{model: large}}}}\n"
    return parse_rules(text, file="r.yaml", catalogue=catalogue).rules[0]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("when", "asked", "holds"),
    [
        ("tags_prefix: [team-]", {"tags": frozenset({"paid", "team-a"})}, True),
        ("tags_prefix: [team-, org-]", {"tags": frozenset({"a-team-"})}, False),
        ("tags_prefix: team-", {"tags": frozenset()}, False),
        ("language: [de, fr]", {"language": "fr"}, True),
        ("language: de", {"language": "en"}, False),
        ("language: de", {"language": None}, False),
        ("min_tokens: 10, max_tokens: 20", {"input_tokens": 10}, True),
        ("min_tokens: 10, max_tokens: 20", {"input_tokens": 20}, True),
        ("min_tokens: 10, max_tokens: 20", {"input_tokens": 21}, False),
        ("min_tokens: 10", {"input_tokens": 9}, False),
        ("fields: {tier: gold}", {"fields": {"tier": "gold"}}, True),
        ("fields: {tier: gold}", {"fields": {"tier": "Gold"}}, False),
        ("fields: {tier: [gold, silver]}", {"fields": {"tier": "silver"}}, True),
        ("fields: {tier: gold}", {"fields": {}}, False),
        ("fields: {tier: gold}", {"fields": {"tier": None}}, False),
        ("fields: {pages: 3}", {"fields": {"pages": 3.0}}, True),
        ("fields: {pages: 1}", {"fields": {"pages": True}}, False),
        ("fields: {pages: 1}", {"fields": {"pages": "1"}}, False),
        ("fields: {done: true}", {"fields": {"done": True}}, True),
        ("fields: {pages: {min: 3}}", {"fields": {"pages": 3}}, True),
        ("fields: {pages: {min: 3, max: 4.5}}", {"fields": {"pages": 4.6}}, False),
        ("fields: {pages: {max: 3}}", {"fields": {"pages": float("nan")}}, False),
        ("fields: {pages: {max: 3}}", {"fields": {"pages": "2"}}, False),
        ("fields: {pages: {max: 3}}", {"fields": {"pages": True}}, False),
        ("fields: {source: {prefix: eu-}}", {"fields": {"source": "eu-west"}}, True),
        ("fields: {source: {prefix: eu-}}", {"fields": {"source": 1}}, False),
        ("fields: {tier: gold, pages: {min: 3}}", {"fields": {"tier": "gold", "pages": 2}}, False),
        (NIGHT, {"asked_at": at("2026-11-27T21:00")}, True),  # Friday, 22:00 in Berlin
        (NIGHT, {"asked_at": at("2026-11-28T04:59")}, True),  # Saturday, 05:59: still Friday's
        (NIGHT, {"asked_at": at("2026-11-28T05:00")}, False),
        (NIGHT, {"asked_at": at("2026-11-27T04:00")}, False),  # Friday, 05:00: Thursday's
        (NIGHT, {"asked_at": at("2026-07-03T20:00")}, True),  # summer time
        (NIGHT, {"asked_at": None}, False),
        ("time: {days: [sat, sun]}", {"asked_at": at("2026-11-28T00:00")}, True),
        ("time: {days: [sat, sun]}", {"asked_at": at("2026-11-30T00:00")}, False),
        ('time: {from: 09:00, to: "24:00"}', {"asked_at": at("2026-11-28T23:59")}, True),
        ('time: {from: 09:00, to: "17:00"}', {"asked_at": at("2026-11-28T17:00")}, False),
        ("keywords: [C++]", {"text": "in c++, please"}, True),
        ("keywords: [C++]", {"text": "in c+++"}, True),  # what is no letter, digit or _ ends a word
        ("keywords: [über]", {"text": "ÜBER alles"}, True),
        ("keywords: [über]", {"text": "U\u0308BER alles"}, True),  # as texts out of PDFs have it
        ('keywords: ["u\\u0308ber"]', {"text": "Über alles"}, True),
        ("keywords: [cafe]", {"text": "the cafe\u0301 there"}, False),
        ("keywords: [sum]", {"text": "sum_of"}, False),
        ("keywords: [sum]", {"text": "\ud800 sum \x00"}, True),
        ("keywords: [how many]", {"text": "How\u00a0\n many"}, True),
    ],
)
def test_a_condition_means_what_it_says(
    toy: Catalogue, request_of: Build, when: str, asked: Mapping[str, object], holds: bool
) -> None:
    rule, request = rule_of(when, toy), request_of(**asked)
    assert matches(rule, request) is holds
    failed = failed_condition(rule, request)
    assert (failed is None) is holds


WORDS = ("alpha", "beta", "how many", "é")
TAGS = ("a", "b", "team-x", "team-y")
optional_names = st.one_of(st.none(), st.frozensets(st.sampled_from(["x", "y", "z"]), min_size=1))
sizes = st.tuples(st.integers(0, 8), st.one_of(st.none(), st.integers(8, 20)))
FEW = settings(max_examples=40)


@st.composite
def some_matches(draw: st.DrawFn) -> Match:
    tags = st.frozensets(st.sampled_from(TAGS), min_size=1)
    characters, tokens = draw(sizes), draw(sizes)
    window = TimeWindow(time(draw(st.integers(0, 23))), time(draw(st.integers(0, 23))), None, ZoneInfo("UTC"))
    return Match(
        task_types=draw(optional_names),
        steps=draw(optional_names),
        jobs=draw(optional_names),
        languages=draw(optional_names),
        categories=draw(optional_names),
        min_confidence=draw(st.sampled_from([0.0, 0.5])),
        tags_any=draw(st.one_of(st.none(), tags)),
        tags_all=draw(st.one_of(st.just(frozenset[str]()), tags)),
        tags_prefix=draw(st.sampled_from([None, ("team-",)])),
        keywords=draw(st.sampled_from([None, WORDS[:2], WORDS[2:]])),
        regex=draw(st.sampled_from([None, "a+b", "^b", ""])),
        min_characters=characters[0],
        max_characters=characters[1],
        min_tokens=tokens[0],
        max_tokens=tokens[1],
        fields=draw(st.sampled_from([(), (FieldMatch("f", values=(1, "a")),), (FieldMatch("f", low=2),)])),
        window=draw(st.sampled_from([None, window])),
    )


@st.composite
def some_requests(draw: st.DrawFn) -> Request:
    name = st.sampled_from(["x", "y", "z"])
    return Request(
        call_id="c",
        item_id="i",
        step=draw(name),
        task_type=draw(name),
        text=draw(st.one_of(st.sampled_from(["alpha b", "HOW  many", "É", "aab", ""]), st.text(max_size=20))),
        input_tokens=draw(st.integers(0, 20)),
        max_output_tokens=1,
        tags=draw(st.frozensets(st.sampled_from(TAGS))),
        job=draw(name),
        language=draw(st.one_of(st.none(), name)),
        category=draw(st.one_of(st.none(), name)),
        category_confidence=draw(st.sampled_from([None, 0.4, 0.9])),
        is_ambiguous=draw(st.booleans()),
        fields=draw(st.sampled_from([{}, {"f": 1}, {"f": "a"}, {"f": 3.5}])),
        asked_at=draw(st.sampled_from([None, datetime(2026, 11, 28, 10, tzinfo=UTC)])),
    )


@FEW
@given(st.lists(some_matches(), max_size=8), st.lists(some_requests(), min_size=1, max_size=8))
def test_the_finder_finds_the_first_rule_that_matches(found: list[Match], requests: list[Request]) -> None:
    rules = [make_rule(f"r{i}", match, Outcome(None, "cheapest"), line=i) for i, match in enumerate((*found, Match()))]
    finder = RuleFinder(rules)
    for request in requests:
        assert finder.find(request) is next(rule for rule in rules if matches(rule, request))
