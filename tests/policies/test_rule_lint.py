from __future__ import annotations

import pytest

from policies.rule_lint import lint_rules
from policies.rules import parse_rules
from policies.types import Catalogue


def lint(first: str, second: str, *, catalogue: Catalogue) -> tuple[str, ...]:
    text = f"""\
rules:
  - {{name: wide, when: {first}, use: {{model: tiny}}}}
  - {{name: narrow, when: {second}, use: {{model: large}}}}
default: {{use: {{policy: cheapest}}}}
"""
    return lint_rules(parse_rules(text, file="r.yaml", catalogue=catalogue))


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
        ("{regex: a+}", "{regex: a}"),
        ("{regex: a+}", "{step: answer}"),
        ("{min_characters: 20}", "{min_characters: 10}"),
        ("{max_characters: 10}", "{max_characters: 20}"),
        ("{max_characters: 10}", "{task_type: extract}"),
        ("{job: qa}", "{step: answer}"),
    ],
)
def test_a_rule_that_something_can_reach_is_not(toy: Catalogue, first: str, second: str) -> None:
    assert lint(first, second, catalogue=toy) == ()
