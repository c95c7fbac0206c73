"""Every reference of the demo's questions is what the running interpreter says, and the passages state it."""

from __future__ import annotations

import ast
import collections
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tasks.retrieval.stdlib_process import read_entries
from tests.flows.stdlib_qa_evidence import ABSENT, read_passage, resolve
from tests.flows.stdlib_qa_names import NAMES
from tests.flows.stdlib_qa_values import DEFAULTS, TWO_PASSAGES, UNANSWERABLE, YES_NO

ITEMS: list[dict[str, Any]] = [
    json.loads(line)
    for line in Path(__file__, "../../../flows/jobs/stdlib_qa.jsonl").resolve().read_text(encoding="utf-8").splitlines()
]
BY_KIND = {
    "name": NAMES,
    "default": DEFAULTS,
    "yes_no": YES_NO,
    "two_passages": TWO_PASSAGES,
    "unanswerable": UNANSWERABLE,
}
EVIDENCE = {item_id: evidence for table in BY_KIND.values() for item_id, evidence in table.items()}
WORDS = {"three": 3, "four": 4, "five": 5, "seven": 7}

each_item = pytest.mark.parametrize("item", ITEMS, ids=[item["item_id"] for item in ITEMS])


def same_name(answer: str, form: str) -> bool:
    """Whether a form is the dotted name, its last parts, or another path to the very same object."""
    if answer == form or answer.endswith(f".{form}"):
        return True
    module, _, _ = answer.partition(".")
    dotted = form if form.startswith(f"{module}.") else f"{module}.{form}"
    return getattr_path(dotted) is resolve(answer)


def getattr_path(dotted: str) -> object:
    """The object at a dotted path of one module, inherited attributes included."""
    module, *parts = dotted.split(".")
    found: object = __import__(module)
    for part in parts:
        found = getattr(found, part, None)
    return found


def same_literal(answer: object, form: str) -> bool:
    """Whether a form is the value as Python writes it, its text, or a number in words or with separators."""
    if str(answer) in {form, form.rpartition(".")[2]}:
        return True
    try:
        return bool(ast.literal_eval(form.replace(",", "")) == answer)
    except (ValueError, SyntaxError):
        return form in WORDS and WORDS[form] == answer


def same_list(answer: object, form: str) -> bool:
    """Whether a form lists the same words, whatever joins them."""
    answers, forms = (re.findall(r"\w+", re.sub(r"-|\band\b", "", text).lower()) for text in (str(answer), form))
    return answers == forms


def agrees(item: dict[str, Any], answer: object, form: str) -> bool:
    if item["kind"] == "default":
        return same_literal(answer, form)
    if item["kind"] == "name" or (item["kind"] == "two_passages" and answer in item["source"]):
        return same_name(str(answer), form)
    return same_list(answer, form) if item["kind"] == "two_passages" else form == answer


@each_item
def test_item_has_exactly_the_documented_fields(item: dict[str, Any]) -> None:
    assert list(item) == ["item_id", "kind", "question", "reference", "source"]
    assert item["kind"] in BY_KIND
    assert item["question"].strip() == item["question"]
    assert all(isinstance(text, str) and text for text in (*item["reference"], *item["source"]))
    assert len(set(item["reference"])) == len(item["reference"]) > 0


def test_every_item_has_a_check_and_every_check_an_item_of_its_kind() -> None:
    for kind, table in BY_KIND.items():
        assert {item["item_id"] for item in ITEMS if item["kind"] == kind} == set(table)


def test_no_identifier_or_question_is_used_twice() -> None:
    for field in ("item_id", "question"):
        assert [value for value, n in collections.Counter(item[field] for item in ITEMS).items() if n > 1] == []
    assert sum(len(table) for table in BY_KIND.values()) == len(EVIDENCE)


def test_there_are_enough_questions_of_each_kind_over_enough_modules() -> None:
    assert len(ITEMS) >= 80
    assert min(collections.Counter(item["kind"] for item in ITEMS).values()) >= 8
    assert len({find_module(source) for item in ITEMS for source in item["source"]}) >= 40


def find_module(qualified: str) -> str:
    """The leading lower-case parts of a name that is not a function: `os.path` of `os.path.lexists`."""
    parts = qualified.split(".")
    owner = next((n for n, part in enumerate(parts) if part[0].isupper()), len(parts) - 1)
    return ".".join(parts[:owner])


@each_item
def test_each_accepted_reference_is_what_the_interpreter_says(item: dict[str, Any]) -> None:
    answer = EVIDENCE[item["item_id"]].answer()
    assert [form for form in item["reference"] if not agrees(item, answer, form)] == []


@each_item
def test_each_source_states_what_is_asked_for(item: dict[str, Any]) -> None:
    phrases = EVIDENCE[item["item_id"]].phrases
    passages = [read_passage(source).lower() for source in item["source"]]
    if item["kind"] == "unanswerable":
        assert (passages, phrases, item["reference"]) == ([], (), [ABSENT])
    elif item["kind"] == "two_passages":
        assert len(passages) == len(phrases) == 2
        assert [
            phrase for phrase, passage in zip(phrases, passages, strict=True) if phrase.lower() not in passage
        ] == []
    else:
        assert len(passages) == 1
        assert len(phrases) > 0
        assert [phrase for phrase in phrases if phrase.lower() not in passages[0]] == []


def test_every_source_is_a_passage_of_the_corpus() -> None:
    passages = {entry.name for entry in read_entries()}
    assert sorted({source for item in ITEMS for source in item["source"]} - passages) == []


@each_item
def test_a_question_for_a_name_or_a_value_does_not_give_its_answer_away(item: dict[str, Any]) -> None:
    if item["kind"] in {"name", "default"}:
        given = [
            form for form in item["reference"] if re.search(rf"(?<![\w.]){re.escape(form)}(?!\w)", item["question"])
        ]
        assert given == []


@pytest.mark.parametrize(
    ("kind", "answer", "form"),
    [
        ("name", "textwrap.dedent", "indent"),
        ("name", "textwrap.dedent", "textwrap.indent"),
        ("name", "pathlib.PurePath.as_uri", "pathlib.Path.as_posix"),
        ("default", 128, "127"),
        ("default", False, "None"),
        ("default", "copy2", "copy"),
        ("yes_no", "yes", "no"),
        ("two_passages", "6 and 7", "7 and 6"),
        ("two_passages", "MD5 and SHA-1", "MD5 and SHA-256"),
        ("unanswerable", "it is there", ABSENT),
    ],
)
def test_a_wrong_reference_does_not_agree(kind: str, answer: object, form: str) -> None:
    assert not agrees({"kind": kind, "source": []}, answer, form)
