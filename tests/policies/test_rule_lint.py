from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.rule_conditions import matches
from policies.rule_lint import lint_rules
from policies.rule_logic import covers, covers_window, exclude_windows, excludes
from policies.rule_match import Match, Outcome, TimeWindow, make_rule
from policies.rule_table import RuleTable
from policies.rules import parse_rules
from policies.types import AUTO, UNROUTED_TASK_TYPES, Catalogue, Request
from tests.policies.test_rule_conditions import FEW, some_matches, some_requests


def lint(first: str, second: str, *, catalogue: Catalogue) -> tuple[str, ...]:
    text = f"""\
rules:
  - {{name: wide, when: {first}, use: {{model: tiny}}}}
  - {{name: narrow, when: {second}, use: {{model: large}}}}
default: {{use: {{policy: cheapest}}}}
"""
    found = lint_rules(parse_rules(text, file="r.yaml", catalogue=catalogue), catalogue)
    return tuple(str(finding) for finding in found if finding.code == "unreachable")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("{task_type: extract}", "{task_type: extract}"),
        ("{task_type: [extract, generate]}", "{task_type: extract, tags_any: [a]}"),
        ("{tags_any: [a, b]}", "{tags_any: [b]}"),
        ("{tags_any: [a, b]}", "{tags_all: [b, c]}"),
        ("{tags_all: [a]}", "{tags_all: [a, b]}"),
        ("{keywords: [sum, Total]}", "{keywords: [total], step: answer}"),
        ("{regex: a+}", "{regex: a+, step: answer}"),
        ("{min_characters: 10}", "{min_characters: 20}"),
        ("{max_characters: 20}", "{max_characters: 10}"),
        ("{step: answer}", "{step: answer, job: qa}"),
        ("{language: [de, fr]}", "{language: de}"),
        ("{tags_prefix: [team-]}", "{tags_prefix: [team-a, team-b]}"),
        ("{tags_prefix: [team-]}", "{tags_any: [team-a, team-b]}"),
        ("{tags_prefix: [team-]}", "{tags_all: [paid, team-a]}"),
        ("{min_tokens: 10}", "{min_tokens: 20, max_tokens: 30}"),
        ("{fields: {tier: [gold, silver]}}", "{fields: {tier: gold, pages: 3}}"),
        ("{fields: {pages: {min: 1}}}", "{fields: {pages: [2, 3]}}"),
        ("{fields: {pages: {min: 1}}}", "{fields: {pages: {min: 2, max: 3}}}"),
        ("{fields: {source: {prefix: eu}}}", "{fields: {source: {prefix: eu-west}}}"),
        ("{time: {days: [sat, sun]}}", "{time: {days: sun}}"),
        ("{time: {from: 09:00, to: 17:00}}", "{time: {from: 09:00, to: 17:00, days: mon}, step: answer}"),
        ("{time: {from: 08:00, to: 18:00}}", "{time: {from: 09:00, to: 12:00}}"),
        ("{time: {days: [sun, mon]}}", "{time: {from: 22:00, to: 06:00, days: sun}}"),
        ("{keywords: [card]}", "{keywords: [credit  Card, card number]}"),
    ],
)
def test_a_rule_behind_a_wider_one_is_reported(toy: Catalogue, first: str, second: str) -> None:
    assert lint(first, second, catalogue=toy) == ("r.yaml:3: rule narrow is never reached: wide matches first",)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("{task_type: extract}", "{task_type: [extract, generate]}"),
        ("{task_type: extract}", "{tags_any: [a]}"),
        ("{tags_any: [a]}", "{tags_any: [a, b]}"),
        ("{tags_all: [a, b]}", "{tags_any: [a, b]}"),
        ("{tags_all: [a, b]}", "{tags_all: [a]}"),
        ("{keywords: [sum]}", "{keywords: [sum, total]}"),
        ("{keywords: [credit card]}", "{keywords: [card]}"),
        ("{keywords: [strasse]}", "{keywords: [straße]}"),
        ("{regex: a+}", "{regex: a}"),
        ("{regex: a+}", "{step: answer}"),
        ("{min_characters: 20}", "{min_characters: 10}"),
        ("{max_characters: 10}", "{max_characters: 20}"),
        ("{max_characters: 10}", "{task_type: extract}"),
        ("{job: qa}", "{step: answer}"),
        ("{language: de}", "{language: [de, fr]}"),
        ("{tags_prefix: [team-]}", "{tags_any: [team-a, b]}"),
        ("{tags_prefix: [team-a]}", "{tags_prefix: [team-]}"),
        ("{min_tokens: 10}", "{min_characters: 10}"),
        ("{fields: {tier: gold}}", "{fields: {tier: [gold, silver]}}"),
        ("{fields: {tier: gold, pages: 3}}", "{fields: {tier: gold}}"),
        ("{fields: {pages: {min: 2}}}", "{fields: {pages: {min: 1}}}"),
        ("{fields: {pages: 1}}", "{fields: {pages: true}}"),
        ("{time: {from: 09:00, to: 17:00}}", "{time: {from: 09:00, to: 18:00}}"),
        ("{time: {days: sun}}", "{time: {from: 22:00, to: 06:00, days: sun}}"),
        ("{time: {from: 09:00, to: 17:00}}", "{time: {from: 09:00, to: 17:00, timezone: Europe/Berlin}}"),
    ],
)
def test_a_rule_that_something_can_reach_is_not(toy: Catalogue, first: str, second: str) -> None:
    assert lint(first, second, catalogue=toy) == ()


SEVERAL = """\
rules:
  - {name: extracts, when: {task_type: extract}, use: {model: tiny}}
  - {name: short, when: {task_type: generate, max_characters: 100}, use: {model: tiny}}
  - {name: long, when: {task_type: [generate, code], min_characters: 101}, use: {model: large}}
  - {name: both, when: {task_type: [extract, generate], step: answer}, use: {model: middle}}
default: {use: {policy: cheapest}}
"""


def test_several_rules_may_take_all_of_another_together(toy: Catalogue) -> None:
    found = lint_rules(parse_rules(SEVERAL, file="r.yaml", catalogue=toy), toy)
    assert [str(finding) for finding in found] == [
        "r.yaml:5: rule both is never reached: extracts, short and long together match first"
    ]
    gap = SEVERAL.replace("min_characters: 101", "min_characters: 102")
    found = lint_rules(parse_rules(gap, file="r.yaml", catalogue=toy), toy)
    assert [(finding.code, finding.severity) for finding in found] == [("overlap", "warning")]


def test_a_rule_for_every_task_type_leaves_nothing(toy: Catalogue) -> None:
    """The task types are a closed list, of which `auto` stands for what the classifier was not sure of."""
    types = sorted((toy.task_types - UNROUTED_TASK_TYPES) | {AUTO})
    text = f"""\
rules:
  - {{name: some, when: {{task_type: [{", ".join(types[:4])}]}}, use: {{model: tiny}}}}
  - {{name: others, when: {{task_type: [{", ".join(types[4:])}]}}, use: {{model: large}}}}
  - {{name: more, when: {{tags_any: [a]}}, use: {{model: middle}}}}
default: {{use: {{policy: cheapest}}}}
"""
    if AUTO in types:
        text = text.replace(f"{AUTO}, ", "").replace(f", {AUTO}", "")
    found = lint_rules(parse_rules(text, file="r.yaml", catalogue=toy), toy)
    assert [finding.code for finding in found] == ["overlap"]  # requests that stay `auto` are left


def test_an_exception_before_its_rule_is_no_overlap(toy: Catalogue) -> None:
    text = """\
rules:
  - {name: urgent, when: {task_type: generate, tags_any: [urgent]}, use: {model: large}}
  - {name: writing, when: {task_type: generate}, use: {model: tiny}}
  - {name: sums, when: {keywords: [sum]}, use: {model: middle}}
default: {use: {policy: cheapest}}
"""
    found = lint_rules(parse_rules(text, file="r.yaml", catalogue=toy), toy)
    assert [str(finding) for finding in found] == [
        "r.yaml:4: rule sums overlaps with urgent and writing: what both match goes to the earlier one"
    ]


def test_many_overlaps_are_one_line(toy: Catalogue) -> None:
    rules = [
        f"  - {{name: r{i}, when: {{tags_any: [t{i}]}}, use: {{model: {'tiny' if i % 2 else 'large'}}}}}"
        for i in range(9)
    ]
    text = "\n".join(["rules:", *rules, "default: {use: {policy: cheapest}}", ""])
    found = lint_rules(parse_rules(text, file="r.yaml", catalogue=toy), toy)
    assert (
        str(found[-1]) == "r.yaml:10: rule r8 overlaps with r1, r3, r5 and r7: what both match goes to the earlier one"
    )


def table_of(matched: Sequence[Match]) -> RuleTable:
    rules = [
        make_rule(f"r{i}", match, Outcome(None, "cheapest"), line=i) for i, match in enumerate((*matched, Match()))
    ]
    return RuleTable(tuple(rules), "r-test", "r.yaml", frozenset())


@FEW
@given(st.lists(some_matches(), min_size=2, max_size=6), st.lists(some_requests(), min_size=1, max_size=10))
def test_no_request_ever_finds_a_rule_that_is_called_unreachable(
    toy: Catalogue, matched: list[Match], requests: list[Request]
) -> None:
    table = table_of(matched)
    catalogue = replace(toy, task_types=frozenset({"x", "y", "z"}))
    dead = {finding.line for finding in lint_rules(table, catalogue) if finding.code == "unreachable"}
    assert not {table.find(request).line for request in requests} & dead


@FEW
@given(some_matches(), some_matches(), st.lists(some_requests(), min_size=1, max_size=10))
def test_what_is_said_of_two_rules_holds_for_every_request(one: Match, other: Match, requests: list[Request]) -> None:
    first, second, _ = table_of([one, other]).rules
    for request in requests:
        if covers(one, other) and matches(second, request):
            assert matches(first, request)
        if excludes(one, other):
            assert not (matches(first, request) and matches(second, request))


clock_times = st.integers(0, 23).map(time)
some_days = st.one_of(st.none(), st.frozensets(st.integers(0, 6), min_size=1))
some_windows = st.builds(TimeWindow, clock_times, clock_times, some_days, st.just(ZoneInfo("UTC")))
WEEK = [datetime(2026, 11, 23, tzinfo=UTC) + timedelta(hours=n) for n in range(7 * 24)]


@FEW
@given(some_windows, some_windows)
def test_of_two_windows_in_one_zone_all_is_known(one: TimeWindow, other: TimeWindow) -> None:
    hours, others = ({hour for hour in WEEK if window.holds(hour)} for window in (one, other))
    assert covers_window(one, other) == (others <= hours)
    assert exclude_windows(one, other) == hours.isdisjoint(others)


def test_rules_of_very_many_field_values_are_read_in_no_time(toy: Catalogue) -> None:
    """Cut into its values' combinations, such a rule would fill any memory."""
    values = ", ".join(map(str, range(500)))
    wide = f"{{fields: {{a: [{values}], b: [{values}], c: [{values}], d: [{values}]}}}}"
    assert lint("{fields: {a: 1}}", wide, catalogue=toy) == ()
