from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.errors import BadInputError
from policies.types import CellMean
from policies.weights import parse_weights, weights_document, weights_version

CELLS = (
    CellMean("generate", "b", 10, 0.5, 0.1, 0.0012345, 2.0),
    CellMean("extract", "a", 3, 1.0, 0.25, 0.0, 0.5),
)


def test_a_document_is_canonical() -> None:
    document = weights_document(CELLS)
    assert document == weights_document(reversed(CELLS))
    assert document == json.dumps(json.loads(document), sort_keys=True, separators=(",", ":"))
    assert [c["task_type"] for c in json.loads(document)["cells"]] == ["extract", "generate"]


def test_a_whole_number_and_its_float_are_written_alike() -> None:
    assert weights_document([CellMean("t", "m", 1, 1, 0, 0, 2)]) == weights_document(
        [CellMean("t", "m", 1, 1.0, 0.0, 0.0, 2.0)]
    )


def test_a_document_is_read_back_under_the_hash_of_its_text() -> None:
    document = weights_document(CELLS)
    weights = parse_weights(document)
    assert set(weights.cells) == set(CELLS)
    assert weights.version == weights_version(document)
    assert weights.cell("generate", "b") == CELLS[0]
    assert weights.cell("generate", "a") is None


def test_another_content_is_another_version() -> None:
    assert weights_version(weights_document(CELLS)) != weights_version(weights_document(CELLS[:1]))


def test_credit_is_written_where_there_is_any_and_changes_nothing_else() -> None:
    credited = CellMean("rewrite", "a", 3, 0.7, 0.25, 0.0, 0.5, credit=0.5, own_quality=0.9)
    without = CellMean("rewrite", "a", 3, 0.7, 0.25, 0.0, 0.5)
    assert parse_weights(weights_document([credited])).cells == (credited,)
    assert "credit" not in weights_document([without])
    with pytest.raises(BadInputError, match=r"cells\.0\.credit"):
        parse_weights(weights_document([credited]).replace('"credit":0.5', '"credit":1.5'))


floats = st.floats(0, 1)


@given(st.builds(CellMean, st.just("t"), st.just("m"), st.integers(1), floats, floats, st.none() | floats, floats))
def test_writing_what_was_read_changes_nothing(cell: CellMean) -> None:
    document = weights_document([cell])
    assert weights_document(parse_weights(document).cells) == document


def test_a_predictor_is_named_and_makes_another_version() -> None:
    plain, named = weights_document(CELLS), weights_document(CELLS, predictor="p-0123456789abcdef")
    assert parse_weights(plain).predictor is None
    assert parse_weights(named).predictor == "p-0123456789abcdef"
    assert weights_version(plain) != weights_version(named)
    with pytest.raises(BadInputError, match="predictor"):
        parse_weights(named.replace("p-0123456789abcdef", "../p-0123456789abcdef"))


def test_an_unknown_cost_is_null_and_never_free() -> None:
    document = weights_document([CellMean("t", "m", 1, 0.5, 0.1, None, 0.5)])
    assert json.loads(document)["cells"][0]["cost_usd"] is None
    assert parse_weights(document).cells[0].cost_usd is None
    assert document != weights_document([CellMean("t", "m", 1, 0.5, 0.1, 0.0, 0.5)])


def test_a_nan_is_never_written() -> None:
    with pytest.raises(ValueError, match="JSON"):
        weights_document([CellMean("t", "m", 1, float("nan"), 0.1, 0.0, 0.0)])


GOOD = weights_document([CellMean("t", "m", 1, 0.5, 0.1, 0.0, 0.0)])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "weights: is no weights document"),
        ("[]", "weights: is no weights document"),
        (GOOD.replace('"format":1', '"format":2'), "weights: format: is no weights document"),
        (GOOD.replace('"n":1', '"n":0'), "weights: cells.0.n: is no weights document"),
        (GOOD.replace('"quality":0.5', '"quality":1.5'), "weights: cells.0.quality: is no weights document"),
        (GOOD.replace('"quality":0.5', '"quality":NaN'), "weights: cells.0.quality: is no weights document"),
        (GOOD.replace('"quality_se":0.1', '"quality_se":-1'), "weights: cells.0.quality_se: is no weights document"),
        (GOOD.replace('"cost_usd":0.0,', ""), "weights: cells.0.cost_usd: is no weights document"),
        (GOOD.replace('"cost_usd":0.0', '"cost_usd":-1'), "weights: cells.0.cost_usd: is no weights document"),
        (GOOD.replace('"n":1', '"n":1,"note":""'), "weights: cells.0.note: is no weights document"),
        (GOOD.replace('"model":"m"', '"model":""'), "weights: cells.0.model: is no weights document"),
        (
            GOOD.replace("}]", "},{}]".replace("{}", GOOD[10 : GOOD.index("}") + 1])),
            "weights: cells.1: the task type and mod",
        ),
    ],
)
def test_what_is_no_weights_document_is_refused(text: str, message: str) -> None:
    with pytest.raises(BadInputError) as caught:
        parse_weights(text)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
