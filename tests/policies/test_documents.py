"""YAML is read strictly: what it says and where, or one line that says what is wrong and where."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from policies.documents import locate_document, null_keys, parse_document
from policies.errors import BadInputError


class Part(BaseModel):
    """A nested mapping."""

    model_config = ConfigDict(extra="forbid")

    name: str
    size: int = 0


class Whole(BaseModel):
    """A document with a field of each kind."""

    model_config = ConfigDict(extra="forbid")

    title: str = ""
    parts: tuple[Part, ...] = ()
    by_name: dict[str, Part] = Field(default_factory=dict)
    n: int | None = None
    share: float | None = Field(None, allow_inf_nan=False)
    numbers: tuple[int, ...] = Field((), max_length=3)


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "\n".join(
    f"{name}: &{name} [{', '.join(['*' + above] * 10)}]" for above, name in zip("abcde", "bcdef", strict=True)
)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        # not a document
        ("", "f.yaml:1: must be a mapping of keys to values"),
        ("# only a comment", "f.yaml:1: must be a mapping of keys to values"),
        ("just text", "f.yaml:1: must be a mapping of keys to values"),
        ("- a\n- b", "f.yaml:1: must be a mapping of keys to values"),
        # not YAML
        ("title: [a", "f.yaml:1: is not valid YAML: while parsing a flow sequence, expected ',' or ']', "
         "but got '<stream end>'"),
        ("title: a\n\tn: 1", "f.yaml:2: is not valid YAML: a tab where only spaces may indent"),
        ("title: 'a", "f.yaml:1: is not valid YAML: while scanning a quoted scalar, found unexpected end of stream"),
        ("title: a\n---\ntitle: b", "f.yaml:2: is not valid YAML: expected a single document in the stream, "
         "but found another document"),
        ("title: *a", "f.yaml:1: is not valid YAML: found undefined alias 'a'"),
        ("title: a: b", "f.yaml:1: is not valid YAML: mapping values are not allowed here"),
        ("title: \x01", "f.yaml: is not valid YAML: unacceptable character #x0001: special characters are not "
         'allowed in "<unicode string>", position 7'),
        ("n: 1\ntitle: a\x00b", "f.yaml:2: contains a NUL byte"),
        # what PyYAML itself trips over
        ("title: x\nn: !!int ''", "f.yaml:2: n: is no int to YAML 1.2 (got '')"),
        ("n: !!bool perhaps", "f.yaml:1: n: is no bool to YAML 1.2 (got 'perhaps')"),
        ("n: !!float x", "f.yaml:1: n: is no float to YAML 1.2 (got 'x')"),
        ('title: "\\U00110000"', "f.yaml: is not valid YAML: chr() arg not in range(0x110000)"),
        # unsafe or useless tags
        ("title: !!python/name:os.system x",
         "f.yaml:1: title: has the tag !!python/name:os.system, which means nothing here (got 'x')"),
        ("title: !mine x", "f.yaml:1: title: has the tag !mine, which means nothing here (got 'x')"),
        ("n: !!timestamp 2026-01-01", "f.yaml:1: n: has the tag !!timestamp, which means nothing here "
         "(got '2026-01-01')"),
        ("title: a\nparts: !!set {a, b}", "f.yaml:2: parts: has the tag !!set, which means nothing here"),
        ("parts: !!omap [a: b]", "f.yaml:1: parts: has the tag !!omap, which means nothing here"),
        ("title: !!binary aGk=", "f.yaml:1: title: has the tag !!binary, which means nothing here (got 'aGk=')"),
        ("title: !!map x", "f.yaml:1: title: has the tag !!map, which means nothing here (got 'x')"),
        ("parts: !!str [a]", "f.yaml:1: parts: has the tag !!str, which means nothing here"),
        ("title: a\nn: !mine x\nshare: !mine y",
         "f.yaml:2: n: has the tag !mine, which means nothing here (got 'x')"),
        # keys
        ("title: a\ntitle: b", "f.yaml:2: key 'title' stands twice"),
        ("parts:\n- name: a\n  name: b", "f.yaml:3: key 'name' stands twice"),
        ("1: a", "f.yaml:1: key '1' (a int to YAML) must be text: put it in quotes"),
        ("true: a", "f.yaml:1: key 'true' (a bool to YAML) must be text: put it in quotes"),
        ("no: a", "f.yaml:1: no: unknown key"),
        ("null: a", "f.yaml:1: key 'null' (a null to YAML) must be text: put it in quotes"),
        ("2026-01-01: a", "f.yaml:1: 2026-01-01: unknown key"),
        ('"a\\0b": 1', "f.yaml:1: key 'a\\x00b' contains a NUL character"),
        ("? [a, b]\n: c", "f.yaml:1: a key that is a list or a mapping must be text: put it in quotes"),
        ("? {a: b}\n: c", "f.yaml:1: a key that is a list or a mapping must be text: put it in quotes"),
        ("<<: {n: 1}\n<<: {n: 2}", "f.yaml:2: key '<<' stands twice"),
        ("<<: text", "f.yaml:1: is not valid YAML: while constructing a mapping, expected a mapping or list of "
         "mappings for merging, but found scalar"),
        # size
        (BOMB, "f.yaml:5: expands to more than 100000 values"),
        ("a: &a [*a]", "f.yaml:1: an anchor contains itself"),
        ("a: &a {b: {c: *a}}", "f.yaml:1: an anchor contains itself"),
        ("title: " + "[" * 60 + "]" * 60, "f.yaml:1: is nested deeper than 50 levels"),
        ("title: " + "[" * 50_000, "f.yaml: is nested deeper than 50 levels"),
        ("title: a\n" + "#" * 500_000, "f.yaml: is longer than 500000 characters"),
        ("title: a\nn: " + "9" * 5000, "f.yaml:2: a number has more than 40 digits"),
        ("n: 0x" + "f" * 5000, "f.yaml:1: a number has more than 40 digits"),
        ("share: 0." + "1" * 50, "f.yaml:1: a number has more than 40 digits"),
        # the schema
        ("title: a\nnope: 1", "f.yaml:2: nope: unknown key"),
        ("parts:\n  - size: 1", "f.yaml:2: parts.0.name: is required"),
        ("parts:\n  - name: a\n    colour: red", "f.yaml:3: parts.0.colour: unknown key"),
        ("by_name:\n  x:\n    name: 3", "f.yaml:3: by_name.x.name: must be text (put it in quotes) (got 3)"),
        ("title: true", "f.yaml:1: title: must be text (put it in quotes) (got True)"),
        ("title: 1e3", "f.yaml:1: title: must be text (put it in quotes) (got 1000.0)"),
        ("title:", "f.yaml:1: title: must not be null (a key without a value is)"),
        ("title: [a]", "f.yaml:1: title: must be text (put it in quotes) (got ['a'])"),
        ("parts: {name: a}", "f.yaml:1: parts: must be a list (got {'name': 'a'})"),
        ("parts: [a]", "f.yaml:1: parts.0: must be a mapping of keys to values (got 'a')"),
        ("by_name: [a]", "f.yaml:1: by_name: must be a mapping of keys to values (got ['a'])"),
        # numbers that are none, and characters that nothing can store
        ("title: a\nshare: .inf", "f.yaml:2: share: must be a finite number (text goes in quotes) (got '.inf')"),
        ("share: -.INF", "f.yaml:1: share: must be a finite number (text goes in quotes) (got '-.INF')"),
        ("share: .NaN", "f.yaml:1: share: must be a finite number (text goes in quotes) (got '.NaN')"),
        ("title: .nan", "f.yaml:1: title: must be a finite number (text goes in quotes) (got '.nan')"),
        ("share: 1e999", "f.yaml:1: share: must be a finite number (text goes in quotes) (got '1e999')"),
        ("parts:\n- name: a\n- name: \"a\\0b\"", "f.yaml:3: parts.1.name: contains a NUL character"),
        ('title: "\\ud800"', "f.yaml:1: title: contains half a surrogate pair (write the character itself)"),
        ("numbers: [1, 2, 3, 4]", "f.yaml:1: numbers: must have at most 3 members (got [1, 2, 3, 4])"),
        ("nope: 1\nn: x",
         "f.yaml:2: n: must be a valid integer, unable to parse string as an integer; 1 more (got 'x')"),
        ("k" * 100 + ": 1", "f.yaml:1: " + "k" * 59 + "…: unknown key"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_line_with_its_place(text: str, error: str) -> None:
    with pytest.raises(BadInputError) as refusal:
        parse_document(text, Whole, file="f.yaml")

    assert str(refusal.value) == error


class Loose(BaseModel):
    """A document in which null has a meaning."""

    amount: int | None = None


class Optional(BaseModel):
    """A document with keys that may be left out."""

    size: int | None = Field(None, alias="n")
    parts: tuple[Loose, ...] = ()
    by_name: dict[str, Loose] = Field(default_factory=dict)
    anything: JsonValue = None
    loose: Loose = Loose()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("parts: []\nn:", "f.yaml:2: n"),
        ("parts:\n- amount: 1\n- amount: ~", "f.yaml:3: parts.1.amount"),
        ("by_name:\n  x:\n    amount: null", "f.yaml:3: by_name.x.amount"),
        ("anything:", "f.yaml:1: anything"),
    ],
)
def test_a_key_without_a_value_is_not_a_key_left_out(text: str, place: str) -> None:
    document = locate_document(text, Optional, file="f.yaml")
    (refusal,) = null_keys(document)
    assert str(refusal) == f"{place}: must not be null (a key without a value is)"


def test_null_is_left_where_it_has_a_meaning() -> None:
    text = "n: 1\nanything: {a: null, b: [null]}\nloose: {amount: null}\nparts: [{amount: null}]"
    document = locate_document(text, Optional, file="f.yaml")
    assert [error.field for error in null_keys(document)] == ["parts.0.amount", "loose.amount"]
    assert not list(null_keys(document, except_in=(Loose,)))
    assert (document.content.anything, document.content.loose.amount) == ({"a": None, "b": [None]}, None)


def test_a_list_is_not_called_short_for_its_bad_members() -> None:
    class Few(BaseModel):
        """A list with at least one number."""

        numbers: tuple[int, ...] = Field(min_length=1)

    with pytest.raises(BadInputError, match=r"^f\.yaml:1: numbers\.0: must be a valid integer, [a-z ]+ \(got 'x'\)$"):
        parse_document("numbers: [x]", Few, file="f.yaml")
    with pytest.raises(BadInputError, match=r"^f\.yaml:1: numbers: must have at least 1 member\(s\) \(got \[\]\)$"):
        parse_document("numbers: []", Few, file="f.yaml")


def test_a_good_document_is_read() -> None:
    whole = parse_document("title: a\nparts: [{name: x, size: 3}]\nby_name: {y: {name: z}}", Whole, file="f.yaml")

    assert whole == Whole(title="a", parts=(Part(name="x", size=3),), by_name={"y": Part(name="z")})


def test_anchors_and_merge_keys_are_expanded() -> None:
    text = "parts:\n- &base {name: a, size: 7}\n- {<<: *base, name: b}\n- *base"

    whole = parse_document(text, Whole, file="f.yaml")

    assert [(part.name, part.size) for part in whole.parts] == [("a", 7), ("b", 7), ("a", 7)]


def test_an_error_in_merged_keys_points_at_where_they_were_written() -> None:
    with pytest.raises(BadInputError, match=r"^f.yaml:3: parts.1.colour: unknown key$"):
        parse_document("parts:\n- {name: b}\n- {<<: {colour: red, name: a}}", Whole, file="f.yaml")


def test_a_byte_order_mark_is_no_part_of_the_first_key() -> None:
    assert parse_document("\ufefftitle: a", Whole, file="f.yaml").title == "a"


def test_a_date_stays_one_where_a_date_is_wanted() -> None:
    class Dated(BaseModel):
        """A document with a date."""

        day: date

    assert parse_document("day: 2026-01-31", Dated, file="f.yaml").day == date(2026, 1, 31)


def test_later_checks_can_place_their_errors() -> None:
    document = locate_document("title: a\nparts:\n  - name: x\n  - name: y\n", Whole, file="f.yaml")

    assert (
        str(document.error(("parts", 1, "name"), "is taken", value="y")) == "f.yaml:4: parts.1.name: is taken (got 'y')"
    )
    # a default has no line of its own: its parent's is the nearest
    assert str(document.error(("parts", 1, "size"), "is odd")) == "f.yaml:4: parts.1.size: is odd"
    assert str(document.error((), "is wrong")) == "f.yaml:1: is wrong"


FRAGMENTS = [
    "{", "}", "[", "]", ": ", ", ", "- ", "\n", "\n  ", "\t", "&a ", "*a", "<<", "!!int ", "!!bool ", "!!set ",
    "!!omap ", "!!binary ", "!!timestamp ", "? ", "| ", "> ", "'", '"', "\\", "%YAML 1.", "---", "...", "#", "null",
    "~", ".nan", "2026-13-01", "0x", "0b", "1_0:60", "=", "title", "parts", "name", "n", "\x00", "\ud800", "\ufeff",
    "\x85", "@", "`",
]  # fmt: skip


@given(st.one_of(st.text(), st.lists(st.sampled_from(FRAGMENTS), max_size=25).map("".join)))
@settings(max_examples=400, deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    assert is_read_or_refused(text)


def is_read_or_refused(text: str) -> bool:
    try:
        return isinstance(parse_document(text, Whole, file="f.yaml"), Whole)
    except BadInputError as error:
        return error.file == "f.yaml" and "\n" not in str(error)
