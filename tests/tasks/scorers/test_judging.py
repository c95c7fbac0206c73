"""What holds for every scorer: a closed table, scores in [0, 1], and no output that breaks one."""

from __future__ import annotations

import math
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.errors import BadInputError
from tasks.jobs.context import Context
from tasks.retrieval.corpus import Passage
from tasks.scorers.judging import SCORERS, Judgement, score_all, score_output
from tasks.scorers.sample import Verdict
from tasks.scorers.searching import check_pattern, is_found
from tasks.scorers.specs import ARGUMENTS, ScorerName, ScorerSpec

SPECS = [
    ScorerSpec.model_validate(one)
    for one in (
        {"scorer": "exact", "reference": "item.reference"},
        {"scorer": "contains", "reference": "item.reference"},
        {"scorer": "fuzzy", "reference": "item.reference"},
        {"scorer": "token_f1", "reference": "item.reference"},
        {"scorer": "token_overlap", "against": "item.reference"},
        {"scorer": "numeric", "reference": "item.reference", "tolerance": 0.1},
        {"scorer": "regex", "pattern": "(a|b)+c"},
        {"scorer": "json_schema"},
        {"scorer": "grounded", "in": "steps.retrieve"},
        {"scorer": "cited", "in": "steps.retrieve"},
        {"scorer": "retrieved", "source": "item.reference"},
        {"scorer": "language", "language": "en"},
        {"scorer": "parses", "syntax": "python"},
        {"scorer": "length", "max_characters": 3},
        {"scorer": "non_empty"},
    )
]
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.just("\ud800")),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=6,
)


def test_every_scorer_has_a_function_and_its_arguments() -> None:
    assert set(SCORERS) == set(ARGUMENTS) == set(get_args(ScorerName)) == {spec.scorer for spec in SPECS}


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.scorer)
@given(output=VALUES, reference=VALUES, passages=st.lists(st.text(max_size=30), max_size=2))
@settings(max_examples=60, deadline=None)
def test_any_output_gets_a_score_from_0_to_1_or_none(
    spec: ScorerSpec, output: object, reference: object, passages: list[str]
) -> None:
    context = Context({"reference": reference}, {"retrieve": [Passage("1", t, t, t) for t in passages]})

    judgement = score_output(spec, output, context, schema={"type": "object"})

    assert judgement is None or (math.isfinite(judgement.score) and 0 <= judgement.score <= 1)
    assert judgement == score_output(spec, output, context, schema={"type": "object"})


@pytest.mark.parametrize("score", [math.nan, math.inf, -0.1, 1.1])
def test_a_verdict_outside_0_to_1_can_not_be_made(score: float) -> None:
    with pytest.raises(ValueError, match="must be in"):
        Verdict(score, "")


def test_a_steps_scorers_judge_in_their_order_and_leave_out_what_they_can_not_judge() -> None:
    specs = [
        ScorerSpec.model_validate({"scorer": "length", "max_characters": 3, "name": "short"}),
        ScorerSpec.model_validate({"scorer": "exact", "reference": "item.reference"}),
        ScorerSpec.model_validate({"scorer": "non_empty"}),
    ]

    assert score_all(specs, "text", Context({})) == (
        Judgement("short", "1", 0.0, "4 characters"),
        Judgement("non_empty", "1", 1.0, "filled"),
    )


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.scorer)
def test_an_output_nested_beyond_reason_scores_0_or_is_judged_as_text(spec: ScorerSpec) -> None:
    nested: object = "x"
    for _ in range(3000):
        nested = [nested]

    for output in (nested, "[" * 1000 + "]" * 1000):
        judgement = score_output(spec, output, Context({"reference": "r 1"}, {"retrieve": ["r"]}), schema={})

        if judgement is None:
            assert spec.scorer == "language"  # brackets are of no language
            continue
        assert judgement.score in (0, 1)


def test_a_search_without_end_is_given_up() -> None:
    assert is_found(r"^(([a-z])+.)+[A-Z]([a-z])+$", "a" * 20_000) is None


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("(", "is not a regular expression"),
        ("x" * 501, "longer than 500"),
        ("(a{1000}){1000}", "multiply to more than 10000"),
        ("((((a{20}){20}){20}){20})", "multiply to more than 10000"),
        ("(?:" * 60 + "a" + ")*" * 60, None),
        (r"\d{4}-\d{2}-\d{2}", None),
    ],
)
def test_patterns_of_a_modest_size_are_accepted(pattern: str, problem: str | None) -> None:
    if problem is None:
        check_pattern(pattern)
    else:
        with pytest.raises(BadInputError, match=problem):
            check_pattern(pattern)
