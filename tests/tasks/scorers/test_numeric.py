"""Numbers in texts: which one counts, and how near is near enough."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tasks.scorers.numeric import numbers_of
from tests.tasks.scorers.scoring import judge, score

REFERENCE: dict[str, object] = {"reference": "item.reference"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is 42.", ["42"]),
        ("1,234,567.5 people", ["1234567.5"]),
        ("$42, €7 and 50 %", ["42", "7", "50"]),
        ("42kg", ["42"]),
        ("x=-3.5e2", ["-350"]),
        ("−3 and (-2) and +1", ["-3", "-2", "1"]),
        ("10-12", ["10", "12"]),  # a range, no minus
        (".5 or 0.5", ["0.5", "0.5"]),
        ("１２", ["12"]),  # full-width digits
        ("Python 3.12.1, gpt4 and v2", []),  # versions and names
        ("1234,567 and 1,2345", []),  # neither a group of thousands nor a decimal comma is certain
        ("1e9999 and 0e9999", ["0"]),  # beyond what a float holds
        ("no number", []),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, expected: list[str]) -> None:
    assert list(numbers_of(text)) == [Decimal(one) for one in expected]


@pytest.mark.parametrize(
    ("output", "reference", "arguments", "expected"),
    [
        ("The answer is 42.", "42", {}, 1),
        ("The answer is 43.", "42", {}, 0),
        ("3 + 4 = 7", 7, {}, 1),  # the last, as after a chain of thought
        ("128, since 3.8", 128, {}, 0),
        ("128, since 3.8", 128, {"take": "first"}, 1),
        ("1,000", 1000, {}, 1),
        ("0.3", "0.1", {"absolute_tolerance": 0.2}, 1),  # exactly at the bound, which floats would miss
        ("0.31", "0.1", {"absolute_tolerance": 0.2}, 0),
        ("101", "100", {"tolerance": 0.01}, 1),
        ("99", "100", {"tolerance": 0.01}, 1),
        ("101.1", "100", {"tolerance": 0.01}, 0),
        ("-101", "-100", {"tolerance": 0.01}, 1),
        ("0.001", "0", {"tolerance": 0.5}, 0),  # a share of 0 is 0
        ("0.001", "0", {"tolerance": 0.5, "absolute_tolerance": 0.01}, 1),  # whichever is more
        ("7", [3, 7], {}, 1),
        ("11", [1, 10], {"tolerance": 0.1}, 1),  # any accepted one, each by its own share
        ("about 42 km", "42 km", {}, 1),
        ("none", "42", {}, 0),
        ("", "42", {}, 0),
        ("42", "forty-two", {}, None),  # nothing to compare with
        ("42", None, {}, None),
    ],
)
def test_a_number_counts_within_its_tolerance(
    output: str, reference: object, arguments: dict[str, object], expected: float | None
) -> None:
    assert score(output, "numeric", reference=reference, arguments={**REFERENCE, **arguments}) == expected


def test_the_detail_says_what_was_compared() -> None:
    judgement = judge("It is 43", "numeric", reference=42, arguments=REFERENCE)

    assert judgement is not None
    assert judgement.detail == "43 is not near 42"


def test_a_field_of_the_output_can_be_compared() -> None:
    arguments = {**REFERENCE, "field": "total"}

    assert score('{"total": 12.5, "n": 3}', "numeric", reference=12.5, arguments=arguments) == 1
