"""A fresh demo against the recorded one: what may vary does not count, everything else does."""

from __future__ import annotations

import pytest

from docs.generate.comparing import compare_outputs, read_output
from docs.generate.origin import origin

THIS = origin()
OTHERS = ("Python 3.99 on x86_64 with avx2", THIS.replace(" on ", " on another "))

TABLES = """\
Cost, latency and quality per step and model

 step     task type   model                calls   failed    cost, USD   p50, s   quality
 ─────────────────────────────────────────────────────────────────────────────────────────
 answer   generate    extract                 61        0            0   0.0512      0.72
 answer   generate    qwen2.5-coder-0.5b      39        1   0.00041203     1.93       0.8

What was routed where, and why

 step     model                decisions   policy   rule
 ──────────────────────────────────────────────────────────────
 answer   extract                     61   rules    answer-names
 answer   qwen2.5-coder-0.5b          39   rules    –

Run demo-20261125-013600: completed, 100 items (1 failed), 400 calls, cost 0.00041203 USD, 88.2 s. \
Outputs: .pointsman/runs/demo-20261125-013600/outputs.jsonl

The same 16 items under other policies

 policy             right   of    cost, USD   seconds of calls
 ──────────────────────────────────────────────────────────────
 routed by rules       12   16   0.00006              20.1
 always cheapest        9   16         0               1.2

Routing answered 3 more of 16 right than the best without it (always cheapest).
"""
RECORDED = f"{THIS}; times are those of the machine that recorded this.\n\n{TABLES}"
RECORDED_ELSEWHERE = tuple(RECORDED.replace(THIS, other) for other in OTHERS)

MAY_VARY = [
    ("p50", "0.0512", "12.5"),
    ("latency of a whole policy", "20.1", "1234.5"),
    ("elapsed time", "88.2 s", "1.04 s"),
    ("run name", "demo-20261125-013600", "demo-20270101-235959"),
    ("path", ".pointsman/runs", "/somewhere/else/.pointsman/runs"),
    ("column width", "extract                 61 ", "extract                      61 "),
]
MUST_NOT_VARY_HERE = [
    ("count", " 61        0 ", " 60        0 "),
    ("cost in a table", "0.00041203     1.93", "0.00041204     1.93"),
    ("cost in the text", "cost 0.00041203 USD", "cost 0.1 USD"),
    ("quality", "0.72\n", "0.71\n"),
    ("right answers", "12   16", "11   16"),
    ("verdict", "answered 3 more", "answered 2 more"),
    ("order of policies", "routed by rules ", "routed by chance"),
]
MUST_NOT_VARY_ANYWHERE = [
    ("heading", "task type", "kind"),
    ("step", " answer   generate    extract ", " cite     generate    extract "),
    ("model", "qwen2.5-coder-0.5b      39", "smollm2-135m            39"),
    ("rule", "answer-names", "answer-words"),
    ("policy", "always cheapest        9", "always dearest         9"),
    ("a lost row", " answer   extract                     61   rules    answer-names\n", ""),
]


def changed(old: str, new: str) -> str:
    assert old in TABLES
    return TABLES.replace(old, new)


def test_the_same_output_agrees_with_or_without_the_first_line() -> None:
    assert compare_outputs(RECORDED, TABLES) == []
    assert compare_outputs(RECORDED, RECORDED) == []


def test_tables_are_read_with_their_titles_headings_and_rows() -> None:
    output = read_output(RECORDED)
    assert output.origin == THIS
    assert [len(grid.rows) for grid in output.grids] == [2, 2, 2]
    assert output.grids[1].title == "What was routed where, and why"
    assert output.grids[1].headings == ("step", "model", "decisions", "policy", "rule")
    assert len(output.paragraphs) == 2


@pytest.mark.parametrize(("what", "old", "new"), MAY_VARY, ids=[case[0] for case in MAY_VARY])
def test_times_names_and_places_may_vary(what: str, old: str, new: str) -> None:
    assert compare_outputs(RECORDED, changed(old, new)) == []


@pytest.mark.parametrize(
    ("what", "old", "new"),
    MUST_NOT_VARY_HERE + MUST_NOT_VARY_ANYWHERE,
    ids=[case[0] for case in MUST_NOT_VARY_HERE + MUST_NOT_VARY_ANYWHERE],
)
def test_everything_else_must_be_equal_on_the_same_python(what: str, old: str, new: str) -> None:
    assert compare_outputs(RECORDED, changed(old, new)) != []


@pytest.mark.parametrize(("what", "old", "new"), MUST_NOT_VARY_ANYWHERE, ids=[c[0] for c in MUST_NOT_VARY_ANYWHERE])
def test_rows_and_headings_must_be_equal_on_another_python_or_processor(what: str, old: str, new: str) -> None:
    assert all(compare_outputs(recorded, changed(old, new)) != [] for recorded in RECORDED_ELSEWHERE)


@pytest.mark.parametrize(
    ("what", "old", "new"),
    [case for case in MUST_NOT_VARY_HERE if case[0] != "order of policies"],
    ids=[case[0] for case in MUST_NOT_VARY_HERE if case[0] != "order of policies"],
)
def test_numbers_and_sentences_may_vary_on_another_python_or_processor(what: str, old: str, new: str) -> None:
    assert all(compare_outputs(recorded, changed(old, new)) == [] for recorded in RECORDED_ELSEWHERE)


def test_numbers_within_a_models_name_are_part_of_it_on_another_python_or_processor() -> None:
    other = changed("qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b")
    assert all(compare_outputs(recorded, other) != [] for recorded in RECORDED_ELSEWHERE)


def test_a_missing_table_is_named() -> None:
    shorter = TABLES[: TABLES.index("The same 16")]
    assert any("tables" in problem for problem in compare_outputs(RECORDED, shorter))
    assert all(any("tables" in one for one in compare_outputs(recorded, shorter)) for recorded in RECORDED_ELSEWHERE)


def test_an_empty_output_disagrees() -> None:
    assert compare_outputs(RECORDED, "") != []
