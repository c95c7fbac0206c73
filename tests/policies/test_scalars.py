"""A plain scalar means what the core schema of YAML 1.2 says, and none of what YAML 1.1 would have made of it."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, JsonValue

from policies.amounts import Amount
from policies.documents import parse_document
from policies.errors import BadInputError


class Holder(BaseModel):
    """A document that takes any value."""

    value: JsonValue


class Priced(BaseModel):
    """A document with an amount."""

    model_config = ConfigDict(strict=True)

    value: Amount


def read(scalar: str) -> JsonValue:
    return parse_document(f"value: {scalar}", Holder, file="f.yaml").value


@pytest.mark.parametrize(
    "scalar",
    [
        # booleans to YAML 1.1
        *("yes", "Yes", "YES", "no", "No", "NO", "on", "On", "off", "OFF", "y", "N", "tRue"),
        # numbers to YAML 1.1
        *("1:30", "12:30:45", "1:30.5", "-1:30", "1_000", "0b101", "0x_1F", "1_0.5", "0o8", "0O7", "0X1F", "-0x1F"),
        # dates to YAML 1.1
        *("2026-01-01", "2026-13-45", "2026-01-01T10:00:00Z", "2026-01-01 10:00:00"),
        # nearly numbers
        *("1e", "e3", ".", "+", "1.2.3", ".e3", "1e3.5", "+.nan", "nan", "inf", "Infinity", "1,5", "١"),
        # words with a meaning to YAML 1.1 or to nobody
        *("<<", "nULL", "none", "None", "undefined"),
    ],
)
def test_what_only_looks_like_a_number_a_date_or_a_truth_is_text(scalar: str) -> None:
    assert read(scalar) == scalar


def test_the_value_key_of_yaml_1_1_is_text() -> None:
    assert read("[=, a]") == ["=", "a"]


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("-007", -7),
        ("+12", 12),
        ("0", 0),
        ("-0", 0),
        ("true", True),
        ("False", False),
        ("TRUE", True),
        ("null", None),
        ("~", None),
        ("Null", None),
        ("", None),
    ],
)
def test_whole_numbers_truths_and_nothing(scalar: str, value: JsonValue) -> None:
    found = read(scalar)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        ("1e3", 1000.0),
        ("1E+3", 1000.0),
        ("12e03", 12000.0),
        ("1e-3", 0.001),
        (".5", 0.5),
        ("-.5", -0.5),
        ("+.5e1", 5.0),
        ("5.", 5.0),
        ("010.5", 10.5),
        ("0.1", 0.1),
    ],
)
def test_numbers_with_a_point_or_an_exponent(scalar: str, value: float) -> None:
    found = read(scalar)
    assert (found, type(found)) == (value, float)


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        ("'1e3'", "1e3"),
        ('"true"', "true"),
        ("! 12", "12"),
        ("!!str 12", "12"),
        ("!!int '010'", 10),
        ("!!float 3", 3.0),
        ("!!float 0x10", 16.0),
        ("!!bool 'true'", True),
        ("!!null ''", None),
    ],
)
def test_quotes_and_tags_say_what_a_scalar_is(scalar: str, value: JsonValue) -> None:
    found = read(scalar)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    "scalar", ["!!int 1_000", "!!int 0b1", "!!int 1:30", "!!int 1.0", "!!bool yes", "!!float 1_0.5", "!!null none"]
)
def test_a_tag_does_not_bring_yaml_1_1_back(scalar: str) -> None:
    with pytest.raises(BadInputError, match=r"^f\.yaml:1: value: is no (int|bool|float|null) to YAML 1\.2 \(got '"):
        read(scalar)


@pytest.mark.parametrize("scalar", [".nan", ".NaN", ".NAN", ".inf", "-.inf", "+.Inf", ".INF", "1e999", "-1e400"])
def test_a_number_that_is_none_is_never_a_value(scalar: str) -> None:
    with pytest.raises(BadInputError) as refusal:
        read(f"[1, {scalar}]")
    assert str(refusal.value) == f"f.yaml:1: value.1: must be a finite number (text goes in quotes) (got {scalar!r})"


@pytest.mark.parametrize(("scalar", "amount"), [("0.1", "0.1"), ("1e-6", "0.000001"), ("'0.10'", "0.10"), ("7", "7")])
def test_an_amount_is_exact(scalar: str, amount: str) -> None:
    assert parse_document(f"value: {scalar}", Priced, file="f.yaml").value == Decimal(amount)


@pytest.mark.parametrize("scalar", ["1_000", "yes", "true", "1:30", "' 1 '", "'1e3'", "'NaN'", "'1_0'", "''"])
def test_an_amount_is_a_number_and_no_text_that_python_would_take_for_one(scalar: str) -> None:
    with pytest.raises(BadInputError, match=r"^f\.yaml:1: value: must be a decimal number"):
        parse_document(f"value: {scalar}", Priced, file="f.yaml")


scalars = st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)


@given(st.recursive(scalars | texts, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=8))
def test_json_is_read_as_json(value: JsonValue) -> None:
    assert read(json.dumps(value, ensure_ascii=False)) == value
