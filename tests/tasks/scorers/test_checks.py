"""Each scorer on a table of outputs, with the score that a reader would give."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tasks.jobs.context import Context
from tasks.retrieval.corpus import Passage
from tasks.scorers.judging import score_output
from tasks.scorers.specs import ScorerSpec

PASSAGES = [
    Passage("1", "os.path.join(path, *paths)", "Join one or more path segments intelligently.", "posixpath"),
    Passage("2", "json.dumps(obj, *, skipkeys=False)", "Serialize obj to a JSON formatted str.", "json"),
]


def score(output: object, scorer: str, item: dict[str, object] | None = None, **arguments: object) -> float | None:
    """The score of `output`, with the accepted answers at item.reference."""
    spec = ScorerSpec.model_validate({"scorer": scorer, **arguments})
    judgement = score_output(spec, output, Context(item or {}, {"retrieve": PASSAGES}), schema={"required": ["a"]})
    return None if judgement is None else judgement.score


@pytest.mark.parametrize(
    ("output", "reference", "expected"),
    [
        ("Paris", "paris", 1),
        (" `Paris`. ", "Paris", 1),
        ("“Paris”", '"Paris"', 1),
        ("Paris, France", "Paris", 0),
        ("", "Paris", 0),
        ("b", ["a", "b"], 1),
        ("3", 3, 1),
        ("true", True, 1),
    ],
)
def test_exact_is_equality_after_normalising(output: str, reference: object, expected: float) -> None:
    assert score(output, "exact", {"reference": reference}, reference="item.reference") == expected


@pytest.mark.parametrize(
    ("output", "reference", "expected"),
    [
        # whole words
        ("Use os.path.join for it.", "os.path.join", 1),
        ("Use `shutil.copyfile`.", "shutil.copy", 0),
        ("It is called copy2()", "copy", 0),
        ("call foo() now", "()", 1),
        ("The answer is B", ["A1", "B"], 1),
        ("The answer is C", ["A1", "B"], 0),
        ("", "x", 0),
        # numbers
        ("It defaults to 128.", "128", 1),
        ("It defaults to 1280.", "128", 0),
        ("It defaults to 0.5", "0", 0),
        ("It defaults to 0.5", "5", 0),
        ("It defaults to -1", "1", 0),
        ("It defaults to -1", "-1", 1),
        ("between 1-10", "10", 1),
        ("maxsize=128", 128, 1),
        # yes and no
        ("Yes, it does.", "yes", 1),
        ("Yes. There is no other way.", "no", 0),
        ("No, it is not; yes is wrong.", "no", 1),
        ("False: it is not.", "no", 1),
        ("True", "yes", 1),
        ("Nothing is known.", "no", 0),
        ("It does not.", "no", 0),
        ("yesterday", "yes", 0),
        ("The default is True", "True", 1),
        # abstention
        ("That is not in the passages.", "not in the passages", 1),
        ("The passages do not mention it.", "not in the passages", 1),
        ("I don’t know.", "not in the passages", 1),
        ("This can't be answered from the given text.", "Not answerable", 1),
        ("Raises KeyError if the key is not found.", "not in the passages", 0),
        ("If maxsize is not specified, it is 128.", "not in the passages", 0),
        ("It is 42.", "not in the passages", 0),
        ("", "not in the passages", 0),
        ("It is 42.", ["42", "not in the passages"], 1),
    ],
)
def test_contains_finds_an_accepted_answer_and_nothing_that_looks_like_it(
    output: str, reference: object, expected: float
) -> None:
    assert score(output, "contains", {"reference": reference}, reference="item.reference") == expected


@pytest.mark.parametrize(
    ("output", "reference", "low", "high"),
    [("colour", "color", 0.9, 0.95), ("colour", "colour", 1, 1), ("abc", "xyz", 0, 0), ("", "xyz", 0, 0)],
)
def test_fuzzy_is_the_share_of_letters(output: str, reference: str, low: float, high: float) -> None:
    found = score(output, "fuzzy", {"reference": reference}, reference="item.reference")

    assert found is not None
    assert low <= found <= high


@pytest.mark.parametrize(
    ("output", "reference", "expected"),
    [
        ("the cat sat", "a cat sat", 1),  # articles don't count
        ("cat", "cat sat", 2 / 3),  # p = 1, r = 1/2
        ("cat cat", "cat", 2 / 3),  # a word counts as often as both have it
        ("dog", "cat", 0),
        ("", "cat", 0),
        ("dog", ["cat", "dog"], 1),
        ("the", "a", 1),  # two texts without words
    ],
)
def test_token_f1_is_squads(output: str, reference: object, expected: float) -> None:
    assert score(output, "token_f1", {"reference": reference}, reference="item.reference") == pytest.approx(expected)


@pytest.mark.parametrize(
    ("output", "expected"),
    [("sort list", 1), ("sort list stable", 2 / 3), ("sort", 1 / 2), ("dance", 0), ("", 0)],
)
def test_token_overlap_falls_with_what_is_left_out_and_what_is_added(output: str, expected: float) -> None:
    assert score(output, "token_overlap", {"question": "Sort a list!"}, against="item.question") == pytest.approx(
        expected
    )


@pytest.mark.parametrize(
    ("output", "pattern", "expected"),
    [("code 404", r"\b\d{3}\b", 1), ("code", r"\d", 0), ("A", "^(?i:a)$", 1), ("x" * 3000 + "é", r"(x+x+)+y", 0)],
)
def test_regex_is_found_or_not(output: str, pattern: str, expected: float) -> None:
    assert score(output, "regex", pattern=pattern) == expected


@pytest.mark.parametrize(
    ("output", "expected"),
    [('{"a": 1}', 1), ({"a": 1}, 1), ('```json\n{"a": 1}\n```', 1), ("{}", 0), ("a", 0), ("", 0), ('{"a": NaN}', 0)],
)
def test_json_schema_takes_the_text_or_the_value(output: object, expected: float) -> None:
    assert score(output, "json_schema") == expected


@pytest.mark.parametrize(
    ("output", "low", "high"),
    [
        ('{"quote": "Join one or more path segments"}', 1, 1),
        ({"quote": "  join ONE or more\npath segments "}, 1, 1),
        ("Serialize obj to a JSON formatted str.", 1, 1),
        ({"quote": "Join one or more paths segments"}, 0.9, 0.99),
        ({"quote": "The moon is made of cheese entirely"}, 0, 0.6),
        ({"quote": "Join one or more path segments intelligently. " * 8}, 0, 0.5),  # a passage in a quote is no quote
        ({"quote": ""}, 0, 0),
        ({"quote": "a"}, 0, 0),
        ({"quote": None}, 0, 0),
        ({"other": "Join one or more path segments"}, 0, 0),
        ("[]", 0, 0),
    ],
)
def test_grounded_wants_a_span_of_one_passage(output: object, low: float, high: float) -> None:
    found = score(output, "grounded", **{"in": "steps.retrieve"})

    assert found is not None
    assert low <= found <= high


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("os.path.join", 1),
        (["os.path.join", "json.dumps"], 1),
        (["os.path.join", "json.loads"], 0.5),
        ("os.path", 0),
        ("path.join", 0),
        ("json.dump", 0),
        ("posixpath", 1),
        ([], None),
        (None, None),
        ("", None),
    ],
)
def test_retrieved_is_the_share_of_the_sources_found(source: object, expected: float | None) -> None:
    assert score(PASSAGES, "retrieved", {"source": source}, source="item.source") == expected


def test_nothing_retrieved_scores_0() -> None:
    assert score([], "retrieved", {"source": "json"}, source="item.source") == 0


@pytest.mark.parametrize(("output", "expected"), [("ab", 0), (" abc ", 1), ("abcde", 1), ("abcdef", 0)])
def test_length_counts_trimmed_characters(output: str, expected: float) -> None:
    assert score(output, "length", min_characters=3, max_characters=5) == expected


@pytest.mark.parametrize(
    ("output", "expected"),
    [("x", 1), ("", 0), (" \n", 0), ([], 0), ({}, 0), (None, 0), ([1], 1), ({"a": 1}, 1)],
)
def test_non_empty_wants_something(output: object, expected: float) -> None:
    assert score(output, "non_empty") == expected


def test_a_field_of_the_output_can_be_scored() -> None:
    assert (
        score('{"answer": "Paris"}', "exact", {"reference": "paris"}, reference="item.reference", field="answer") == 1
    )
    assert score("Paris", "exact", {"reference": "paris"}, reference="item.reference", field="answer") == 0


@pytest.mark.parametrize("scorer", ["exact", "contains", "fuzzy", "token_f1"])
@pytest.mark.parametrize("item", [{}, {"reference": None}, {"reference": ""}, {"reference": []}])
def test_an_item_without_a_reference_is_not_judged(scorer: str, item: dict[str, object]) -> None:
    assert score("x", scorer, item, reference="item.reference") is None


def test_the_name_of_a_steps_own_check_is_taken() -> None:
    with pytest.raises(ValidationError, match="'usable' is the name of what a step without scorers says"):
        ScorerSpec(scorer="non_empty", name="usable")
