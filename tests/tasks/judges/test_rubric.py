"""Rubric files, and what verdicts by them come to."""

from __future__ import annotations

import pytest

from policies.errors import BadInputError
from tasks.jobs.outputs import check_output_schema, schema_problem
from tasks.judges.rubric import parse_rubric, verdict_schema
from tasks.judges.verdicts import absolute_ruling, pairwise_ruling

YAML = """
name: helpful
instructions: Be strict.
criteria:
  - {name: right, asks: Is it right, weight: 3}
  - {name: short, asks: Is it short}
low: 1
high: 5
"""
MARKDOWN = """---
name: helpful
criteria:
  - {name: right, asks: Is it right, weight: 3}
  - {name: short, asks: Is it short}
---
Be strict.
"""


def test_yaml_and_markdown_say_the_same() -> None:
    assert parse_rubric(YAML, file="r.yaml") == parse_rubric(MARKDOWN, file="r.md")
    assert parse_rubric(YAML, file="r.yaml").version == parse_rubric(MARKDOWN, file="r.md").version


def test_another_content_is_another_version() -> None:
    assert parse_rubric(YAML, file="r.yaml").version != parse_rubric(YAML.replace("strict", "mild"), file="r").version


@pytest.mark.parametrize(
    ("file", "old", "new", "error"),
    [
        ("r.yaml", "low: 1", "low: 5", "r.yaml:1: low must be less than high"),
        ("r.yaml", "name: short", "name: right", "r.yaml:1: a criterion can't be called 'right': the name is taken"),
        ("r.yaml", "name: short", "name: reason", "r.yaml:1: a criterion can't be called 'reason': the name is taken"),
        ("r.yaml", "weight: 3", "weight: 0", "r.yaml:5: criteria.0.weight: must be greater than 0 (got 0)"),
        ("r.yaml", "high: 5", "best: 5", "r.yaml:8: best: unknown key"),
        ("r.yaml", "name: helpful", "name: usable", "r.yaml:1: 'usable' is the name of what a step"),
        ("r.md", "---\nname", "name", "r.md:1: must begin with front matter between lines of ---"),
        ("r.md", "name: helpful", "name: helpful\ninstructions: Be kind.", "r.md:3: instructions: is said twice"),
        ("r.md", "weight: 3", "weight: no", "r.md:4: criteria.0.weight: must be a number (got 'no')"),
    ],
)
def test_a_bad_rubric_is_one_line(file: str, old: str, new: str, error: str) -> None:
    text = (MARKDOWN if file.endswith(".md") else YAML).replace(old, new, 1)

    with pytest.raises(BadInputError) as refusal:
        parse_rubric(text, file=file)

    assert str(refusal.value).startswith(error)


@pytest.mark.parametrize(
    ("right", "short", "score"), [(5, 5, 1), (1, 1, 0), (5, 1, 0.75), (1, 5, 0.25), (3, 3, 0.5), (4, 2, 10 / 16)]
)
def test_a_score_is_the_weighted_mean_of_the_marks(right: int, short: int, score: float) -> None:
    ruling = absolute_ruling(parse_rubric(YAML, file="r"), {"reason": "so", "right": right, "short": short})

    assert ruling.score == pytest.approx(score)
    assert ruling.reason == f"right {right}, short {short}: so"


@pytest.mark.parametrize(
    ("verdict", "fits"),
    [
        ({"reason": "so", "right": 5, "short": 1}, True),
        ({"reason": "so", "right": 6, "short": 1}, False),
        ({"reason": "so", "right": 0, "short": 1}, False),
        ({"reason": "so", "right": 4.5, "short": 1}, False),
        ({"reason": "so", "right": "5", "short": 1}, False),
        ({"reason": "so", "right": True, "short": 1}, False),
        ({"reason": "so", "right": 5}, False),
        ({"right": 5, "short": 1}, False),
        ({"reason": "so", "right": 5, "short": 1, "kind": 5}, False),
    ],
)
def test_a_verdict_fits_its_schema_or_is_none(verdict: dict, fits: bool) -> None:
    schema = verdict_schema(parse_rubric(YAML, file="r"), is_pairwise=False)
    check_output_schema(schema)

    assert (schema_problem(verdict, schema) is None) is fits


@pytest.mark.parametrize(
    ("forwards", "swapped", "score", "told"),
    [
        ("first", "second", 1, "the judged answer was preferred in both orders"),
        ("second", "first", 0, "the other answer was preferred in both orders"),
        ("first", "first", 0.5, "a tie, the two orders disagree"),
        ("second", "second", 0.5, "a tie, the two orders disagree"),
        ("tie", "tie", 0.5, "a tie:"),
        ("first", "tie", 0.5, "a tie:"),
        ("tie", "first", 0.5, "a tie:"),
    ],
)
def test_two_orders_that_disagree_are_a_tie(forwards: str, swapped: str, score: float, told: str) -> None:
    schema = verdict_schema(parse_rubric(YAML, file="r"), is_pairwise=True)
    verdicts = [{"reason": "so", "winner": winner} for winner in (forwards, swapped)]
    assert [schema_problem(verdict, schema) for verdict in verdicts] == [None, None]

    ruling = pairwise_ruling(*verdicts)

    assert ruling.score == score
    assert ruling.reason.startswith(told)
