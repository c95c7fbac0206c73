"""Answers read as JSON and checked against their step's schema; operators and tags."""

from __future__ import annotations

import time

import pytest

from policies.errors import BadInputError
from tasks.jobs.context import Context, RenderError, resolve
from tasks.jobs.outputs import check_output_schema, parse_json, schema_problem
from tasks.jobs.steps import LlmStep, TransformStep
from tasks.jobs.tags import tags_of
from tasks.jobs.transforms import transform
from tasks.retrieval.corpus import Passage

SCHEMA = {
    "type": "object",
    "properties": {"quote": {"type": "string", "pattern": "^[a-z ]+$"}, "next": {"$ref": "#/$defs/n"}},
    "required": ["quote"],
    "additionalProperties": False,
    "$defs": {"n": {"type": "integer"}},
}
CONTEXT = Context(
    {"question": "q", "kinds": ["a", "b"]},
    {"answer": " one, two,, \n three ", "raw": '{"a": 1}', "cite": {"quote": "x", "page": 2}, "bad": "{",
     "found": [Passage("1", "T", "text", "s")]},
)  # fmt: skip


def test_a_schema_with_references_into_itself_is_accepted() -> None:
    check_output_schema(SCHEMA)


@pytest.mark.parametrize("pointer", ["#/prefixItems/0", "#/prefixItems/1", "#"])
def test_a_reference_may_point_into_a_list(pointer: str) -> None:
    check_output_schema({"prefixItems": [{"type": "string"}, True], "items": {"$ref": pointer}})


@pytest.mark.parametrize("pointer", ["#/prefixItems/2", "#/prefixItems/-1", "#/prefixItems/x", "#/prefixItems/١"])
def test_a_reference_beyond_a_list_points_at_nothing(pointer: str) -> None:
    with pytest.raises(BadInputError, match="points at nothing"):
        check_output_schema({"prefixItems": [{"type": "string"}, True], "items": {"$ref": pointer}})


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"quote": "abc", "next": 1}, None),
        ({"quote": "ABC"}, "$.quote: 'ABC' does not match '^[a-z ]+$'"),
        ({"quote": "a", "next": "1"}, "$.next: '1' is not of type 'integer'"),
        ({"quote": "a", "more": 1}, "$: Additional properties are not allowed ('more' was unexpected)"),
        ({}, "$: 'quote' is a required property"),
        ("text", "$: 'text' is not of type 'object'"),
    ],
)
def test_the_first_violation_is_named(value: object, problem: str | None) -> None:
    assert schema_problem(value, SCHEMA) == problem  # type: ignore[arg-type]  # a table of any JSON


def test_a_pattern_that_would_search_for_ever_counts_as_a_violation() -> None:
    schema = {"pattern": "^(([a-z])+.)+[A-Z]([a-z])+$"}
    started_s = time.monotonic()

    problem = schema_problem("a" * 5000, schema)  # type: ignore[arg-type]  # dict is invariant

    assert problem is not None
    assert "does not match" in problem
    assert time.monotonic() - started_s < 60


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1}', {"a": 1}),
        ('  {"a": 1}\n', {"a": 1}),
        ('```json\n{"a": 1}\n```', {"a": 1}),
        ("```\n[1]\n```", [1]),
        ("1", 1),
    ],
)
def test_json_is_read_with_or_without_a_fence(text: str, value: object) -> None:
    assert parse_json(text) == value


@pytest.mark.parametrize("text", ["", "{", "Sure: {}", "NaN", '{"a": 1} trailing', "```json", "[" * 100_000])
def test_anything_else_is_not_json(text: str) -> None:
    with pytest.raises(RenderError, match=r"^is not JSON: "):
        parse_json(text)


def operator(**fields: object) -> TransformStep:
    return TransformStep.model_validate({"name": "t", "kind": "transform", **fields})


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ({"operator": "template", "template": "{{ item.question }}!"}, "q!"),
        ({"operator": "select_fields", "of": "steps.cite", "fields": ["page"]}, {"page": 2}),
        ({"operator": "select_fields", "of": "steps.found", "fields": ["title"]}, [{"title": "T"}]),
        ({"operator": "parse_json", "of": "steps.raw"}, {"a": 1}),
        ({"operator": "strip", "of": "steps.answer"}, "one, two,, \n three"),
        ({"operator": "split", "of": "steps.answer"}, ["one, two,,", "three"]),
        ({"operator": "split", "of": "steps.answer", "separator": ","}, ["one", "two", "three"]),
        ({"operator": "strip", "of": "item.question"}, "q"),
    ],
)
def test_operators_make_their_values(fields: dict[str, object], value: object) -> None:
    assert transform(operator(**fields), CONTEXT) == value


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"operator": "select_fields", "of": "steps.cite", "fields": ["line"]}, "there is no field 'line' to select"),
        ({"operator": "select_fields", "of": "steps.raw", "fields": ["a"]}, "select_fields needs a mapping"),
        ({"operator": "parse_json", "of": "steps.bad"}, "is not JSON"),
        ({"operator": "strip", "of": "steps.cite"}, "strip needs a text at steps.cite"),
        ({"operator": "strip", "of": "item.absent"}, "item has no 'absent'"),
        ({"operator": "strip", "of": "steps.cite.absent"}, "steps.cite has no 'absent'"),
    ],
)
def test_operators_fail_the_item_where_they_do_not_apply(fields: dict[str, object], problem: str) -> None:
    with pytest.raises(RenderError, match=problem):
        transform(operator(**fields), CONTEXT)


def test_split_is_bounded() -> None:
    step = operator(operator="split", of="item.a", separator=",")

    with pytest.raises(RenderError, match="more than 10000 parts"):
        transform(step, Context({"a": "x," * 10_001}))


def test_references_reach_into_mappings() -> None:
    assert resolve("steps.cite.page", CONTEXT) == 2


def test_tags_come_from_the_step_and_the_item() -> None:
    step = LlmStep.model_validate(
        {"name": "s", "kind": "llm", "task_type": "t", "prompt": "p", "tags": ["fast"],
         "tags_from": ["kind", "kinds", "none", "absent", "n"]}
    )  # fmt: skip
    item = {"kind": "yes-no", "kinds": ["a", "b"], "none": None, "n": 3}

    assert tags_of(step, item) == {"fast", "kind:yes-no", "kinds:a", "kinds:b", "n:3"}
