"""The language of an output, by the detector of the routing rules."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tasks.scorers.specs import ScorerSpec
from tests.tasks.scorers.scoring import judge, score

GERMAN = "Die Fähre nach Rügen fährt heute wegen des Sturms nicht, morgen aber wieder."
ENGLISH = "The ferry does not sail today because of the storm, but it will again tomorrow."


@pytest.mark.parametrize(
    ("output", "language", "expected"),
    [(GERMAN, "de", 1), (ENGLISH, "de", 0), (ENGLISH, "en", 1), ("", "de", 0), (" \n", "de", 0), ("42", "de", None)],
)
def test_an_output_is_in_the_language_or_not(output: str, language: str, expected: float | None) -> None:
    assert score(output, "language", arguments={"language": language}) == expected


@pytest.mark.parametrize(
    ("reference", "expected"),
    [("de", 1), ("DE", 1), ("de-AT", 1), ("de_CH", 1), (["en", "de"], 1), ("en", 0), ("klingon", None), (None, None)],
)
def test_an_item_may_name_its_own_language(reference: object, expected: float | None) -> None:
    assert score(GERMAN, "language", reference=reference, arguments={"reference": "item.reference"}) == expected


def test_the_detail_says_what_it_is_in() -> None:
    judgement = judge(ENGLISH, "language", arguments={"language": "de"})

    assert judgement is not None
    assert judgement.detail == "is en"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({}, "needs either 'language' or 'reference'"),
        ({"language": "de", "reference": "item.language"}, "needs either 'language' or 'reference'"),
        ({"language": "german"}, "is not the code of a language that can be detected"),
    ],
)
def test_a_job_names_one_language_that_can_be_detected(arguments: dict[str, object], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        ScorerSpec.model_validate({"scorer": "language", **arguments})
