"""The extractive model answers from the passages, says when they do not tell, and fills schemas."""

from __future__ import annotations

import json

import jsonschema
import pytest

from tasks.models.client import Message
from tasks.models.extractive import NOT_FOUND, count_tokens, extract
from tasks.models.extractive_schema import UnfillableError
from tasks.models.questions import kind_of
from tasks.models.reading import read_prompt, split_sentences
from tasks.models.signatures import asked_parameter, defaults_of
from tests.fakes.judge import OverlapJudge

PASSAGES = """\
[1] kettle.boil(water, temperature=100, *, whistle=True)
Heat the water until it boils. The kettle whistles when it is done.

[2] kettle.Teapot.pour(cup, strength='medium')
Pour tea into a cup. It does not spill. Returns the number of drops.

[3] kettle.Lid
A lid that keeps the steam inside.
"""


def ask(question: str, *, schema: dict[str, object] | None = None, passages: str = PASSAGES, **limits: int) -> str:
    messages = [Message("system", "Answer."), Message("user", f"{passages}\nQuestion: {question}")]
    return extract(messages, OverlapJudge(), schema=schema, **limits).text


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Which function heats water until it boils?", "kettle.boil"),
        ("Which method pours tea into a cup?", "kettle.Teapot.pour"),
        ("Which class keeps the steam inside?", "kettle.Lid"),
        ("What is the default temperature of kettle.boil?", "100"),
        ("What strength does Teapot.pour use by default?", "medium"),
        ("Does kettle.boil whistle by default when it boils water?", "yes"),
        ("What happens when the kettle is done?", "The kettle whistles when it is done."),
        ("Which function inverts a singular matrix of eigenvalues?", NOT_FOUND),
        ("What is the default timeout of requests.get?", NOT_FOUND),
        ("What is the default of the flavour argument of kettle.boil?", NOT_FOUND),
    ],
)
def test_answers_come_from_the_best_passage(question, answer):
    assert ask(question) == answer


def test_a_prompt_without_passages_gives_a_search_query():
    messages = [Message("user", "Question: Which function of the kettle heats the water?")]
    assert extract(messages, OverlapJudge()).text == "kettle heats water"


CITE = {
    "type": "object",
    "properties": {"passage": {"type": "integer", "minimum": 1, "maximum": 3}, "quote": {"type": "string"}},
    "required": ["passage", "quote"],
    "additionalProperties": False,
}


@pytest.mark.parametrize("mark", ["\nAnswer:", " Answer:"])
def test_the_quote_is_verbatim_and_supports_the_answer_that_was_given(mark):
    text = ask(f"Which method pours tea?{mark} It returns the number of drops", schema=CITE)
    value = json.loads(text)
    assert value["quote"] in PASSAGES
    assert ask(f"Which method pours tea?{mark} kettle.Lid", schema=CITE) == json.dumps(
        {"passage": 3, "quote": "A lid that keeps the steam inside."}
    )


SCHEMAS: list[dict[str, object]] = [
    CITE,
    {"type": "object", "properties": {"answer": {"type": "string"}, "confidence": {"type": "number", "maximum": 1}}},
    {"type": "object", "properties": {"found": {"type": "boolean"}}, "required": ["found"]},
    {"type": "object", "properties": {"n": {"type": ["null", "integer"]}}, "required": ["n"]},
    {"type": "object", "properties": {"label": {"enum": ["tea", "coffee"]}}, "required": ["label"]},
    {"type": "array", "items": {"type": "string"}, "minItems": 2},
    {"type": "object", "properties": {"spans": {"type": "array", "items": {"$ref": "#/$defs/span"}}},
     "$defs": {"span": {"type": "object", "properties": {"text": {"type": "string", "maxLength": 5}}}}},
    {"anyOf": [{"type": "string"}, {"type": "null"}]},
    {"const": 7},
    {"type": "integer", "minimum": 5, "maximum": 9},
    {"type": "object"},
    {},
]  # fmt: skip


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: json.dumps(schema)[:40])
@pytest.mark.parametrize("question", ["Which method pours tea into a cup?", "Who wrote the third symphony?"])
def test_json_always_fits_the_schema(schema, question):
    validator = jsonschema.Draft202012Validator(schema)
    assert validator.is_valid(json.loads(ask(question, schema=schema)))
    assert validator.is_valid(json.loads(ask(question, schema=schema, passages="")))


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "pattern": "^[0-9]{40}$"},
        {"$ref": "#/nowhere"},
        {"type": "object", "properties": {"a": {"$ref": "#"}}},
        {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}},
    ],
)
def test_a_schema_that_can_not_be_filled_is_an_error_and_not_a_lie(schema):
    with pytest.raises(UnfillableError):
        ask("Which method pours tea?", schema=schema)


def test_tokens_are_words_and_punctuation_marks():
    assert count_tokens("textwrap.wrap(text, width=70)") == 10
    messages = [Message("system", "One two."), Message("user", "Question: three?")]
    assert extract(messages, OverlapJudge()).input_tokens == 3 + 4


def test_plain_answers_are_cut_at_the_limit():
    assert ask("What happens when the kettle is done?", max_tokens=3) == "The kettle whistles"


@pytest.mark.parametrize(
    "text", ["", "   ", "?", "[1]", "[1] \n\nQuestion:", "[1] a(\n\nQuestion: what is the default?", "\x00"]
)
def test_strange_prompts_get_some_answer(text):
    assert isinstance(extract([Message("user", text)], OverlapJudge()).text, str)


def test_no_message_at_all_is_answered_too():
    assert extract([], OverlapJudge()).text == ""


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Which function wraps text?", "name"),
        ("What is the default width?", "default"),
        ("How many columns does it use if none is given?", "default"),
        ("Is the order kept?", "yes_no"),
        ("By default, does it sort?", "yes_no"),
        ("Which one is older, os.popen or subprocess.run?", "choice"),
        ("What does it return?", "sentence"),
    ],
)
def test_the_wording_tells_the_kind(question, kind):
    assert kind_of(question) == kind


def test_passages_are_read_by_their_numbers_and_without_the_question():
    prompt = read_prompt([Message("user", f"Read this:\n\n{PASSAGES}\nQuestion: Why?\n")])
    assert [(p.number, p.name) for p in prompt.passages] == [
        (1, "kettle.boil"),
        (2, "kettle.Teapot.pour"),
        (3, "kettle.Lid"),
    ]
    assert prompt.question == "Why?"
    assert "Question" not in prompt.passages[-1].body


def test_paragraphs_are_passages_where_nothing_is_numbered():
    prompt = read_prompt([Message("user", "Read this:\n\nTea is hot. It steams.\n\nIce is cold.\n\nWhat is cold?")])
    assert [p.body for p in prompt.passages] == ["Tea is hot. It steams.", "Ice is cold."]
    assert prompt.question == "What is cold?"


def test_sentences_are_verbatim_and_complete():
    text = "One, e.g. this. Two (or 2.5)! Three?\n\nFour without an end"
    assert split_sentences(text) == ["One, e.g. this.", "Two (or 2.5)!", "Three?", "Four without an end"]


@pytest.mark.parametrize(
    ("heading", "defaults"),
    [
        ("f(a, b=1, *, c: int = 2, **rest)", {"b": "1", "c": "2"}),
        ("f(a=(1, 2), b={'x': [1, 2]}, c=', (')", {"a": "(1, 2)", "b": "{'x': [1, 2]}", "c": "', ('"}),
        ("f(a, /)", {}),
        ("no signature", {}),
        ("f(a=1", {"a": "1"}),
    ],
)
def test_defaults_are_read_from_signatures(heading, defaults):
    assert defaults_of(heading) == defaults


@pytest.mark.parametrize(
    ("question", "parameter"),
    [
        ("How large is the size?", "maxsize"),
        ("What relative tolerance is used?", "rel_tol"),
        ("What is abs_tol?", "abs_tol"),
        ("Who calls?", None),
    ],
)
def test_the_parameter_that_is_asked_for_is_found_by_its_parts(question, parameter):
    assert asked_parameter(question, {"maxsize": "128", "rel_tol": "1e-09", "abs_tol": "0.0"}) == parameter
