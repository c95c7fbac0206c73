"""Citations and quotes against the passages that they name."""

from __future__ import annotations

import time

import pytest

from tasks.retrieval.corpus import Passage
from tests.tasks.scorers.scoring import judge, score

PASSAGES = [
    Passage("a", "functools.lru_cache", "Decorator to wrap a function with a memoizing callable; maxsize is 128.", "f"),
    Passage("b", "json.dumps", "Serialize obj to a JSON formatted str.", "json"),
]
WITHIN: dict[str, object] = {"in": "steps.retrieve"}


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("The maxsize of lru_cache is 128 [1].", 2 / 3),  # of `maxsize`, `lrucache` and `128`, one is not in the text
        ("The maxsize is 128 [1].", 1),
        ("The maxsize is 128. [1]", 1),
        ("The maxsize is 128. [1] Dumps will serialize to formatted text [2].", (1 + 2 / 5) / 2),
        ("The maxsize is 128 [2].", 0),  # another passage says so
        ("The maxsize is 128 [1][2].", 1),
        ("The maxsize is 128 [1, 2].", 1),
        ("The maxsize is 128 [1-2].", 1),
        ("The maxsize is 128 [1-3].", 0),
        ("The maxsize is 128 [2;1].", 1),
        ("The maxsize is 128 [3].", 0),  # there is no such passage
        ("The maxsize is 128 [0].", 0),
        ("The maxsize is 128 [1][3].", 0),  # an invented one spoils the sentence
        ("The maxsize is 128.", 0),
        ("Yes! The maxsize is 128 [1].", 1),  # nothing that could be looked up
        ("Yes [1].", 1),
        ("Yes.", 0),
        ("Serialize elephants, giraffes, zebras [2].", 1 / 4),
        ("", 0),
        ("[1]", 0),
    ],
)
def test_every_sentence_stands_by_what_it_cites(output: str, expected: float) -> None:
    assert score(output, "cited", passages=PASSAGES, arguments=WITHIN) == pytest.approx(expected)


def test_the_detail_counts_the_sentences() -> None:
    judgement = judge("The maxsize is 128 [1]. It is an odd number.", "cited", passages=PASSAGES, arguments=WITHIN)

    assert judgement is not None
    assert judgement.detail == "1 of 2 sentences cite a passage; 0.50 of their words are there"


def test_a_range_cites_all_that_lies_in_it() -> None:
    passages = ["first text", "second wording", "third letters"]

    assert score("All first second third [1–3].", "cited", passages=passages, arguments=WITHIN) == 1


@pytest.mark.parametrize("passages", [[], [""]])
def test_without_passages_there_is_nothing_to_judge_by(passages: list[str]) -> None:
    assert score("It is 128 [1].", "cited", passages=passages, arguments=WITHIN) is None


@pytest.mark.parametrize("piece", [".", "[", "[1", ". [1] ", ".'", "[1,", "[1]. "])
def test_no_text_takes_long(piece: str) -> None:
    started = time.perf_counter()
    score(piece * 20_000, "cited", passages=PASSAGES, arguments=WITHIN)

    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    ("passage", "low", "high"),
    [
        (2, 1, 1),
        ("2", 1, 1),
        (1, 0, 0.9),  # the quote is another passage's
        (3, 0, 0),
        (0, 0, 0),
        (-1, 0, 0),
        (None, 0, 0),
        ("two", 0, 0),
        ("9" * 5000, 0, 0),
    ],
)
def test_a_quote_is_looked_for_in_the_passage_that_is_named(passage: object, low: float, high: float) -> None:
    output = {"passage": passage, "quote": "Serialize obj to a JSON formatted str."}

    found = score(output, "grounded", passages=PASSAGES, arguments={**WITHIN, "number_field": "passage"})

    assert found is not None
    assert low <= found <= high


def test_a_quote_without_a_numbers_field_may_be_any_passages() -> None:
    output = {"passage": 1, "quote": "Serialize obj to a JSON formatted str."}

    assert score(output, "grounded", passages=PASSAGES, arguments=WITHIN) == 1
