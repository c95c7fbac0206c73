"""Scores by people: matched with calls, all or none, idempotent, and what is learned from changes with them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from policies.errors import BadInputError
from tasks.feedback.recording import FeedbackSummary, record_feedback, scored
from tasks.feedback.request import FeedbackRequest
from tasks.feedback.rows import placed_scores
from tasks.settings import Settings
from tasks.texts import text_keeper
from tests.warehouse.conftest import NOON, World
from warehouse.landing import land
from warehouse.query import query
from warehouse.weights_fit import fit_weights

NOW = NOON + timedelta(days=1)
Give = Callable[..., FeedbackSummary]


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory, landed_home: Callable[[Path], Path]) -> Path:
    """Three calls, each judged 0.5 by a check, two of them of one item; and an imported one."""
    world = World(landed_home(tmp_path_factory.mktemp("feedback") / "home"))
    other_step = replace(world.intent(3), item_id="item-2", step="cite")
    outcomes = [world.outcome(one) for one in (world.intent(1), world.intent(2), other_step)]
    world.append(*outcomes, *(world.score(n, 0.5) for n in (1, 2, 3)), world.imported(7))
    land(world.home)
    return world.home.root


@pytest.fixture
def world(tmp_path: Path, landed: Path) -> World:
    """A home of one's own with these calls."""
    return World(shutil.copytree(landed, tmp_path / "home"))


@pytest.fixture
def give(world: World, tmp_path: Path) -> Give:
    """Records scores at noon of the next day, as anna's unless they say otherwise."""

    def call(*scores: Mapping[str, object], **request: object) -> FeedbackSummary:
        given = {"scored_by": "anna", **({"scores": scores} if scores else {}), **request}
        settings = Settings(home=world.home.root, roots=(tmp_path,))
        return record_feedback(FeedbackRequest.model_validate(given), settings, now=NOW)

    return call


def quality(world: World, call_id: str) -> tuple[object, ...]:
    """A call's adopted quality, and whose it is."""
    return query(world.home, "SELECT quality, quality_source FROM calls WHERE call_id = ?", parameters=[call_id]).rows[
        0
    ]


def people(world: World) -> list[tuple[object, ...]]:
    """Every score by people."""
    sql = "SELECT call_id, scorer, score, scored_by, detail FROM scores WHERE source = 'human' ORDER BY ALL"
    return query(world.home, sql).rows


def assert_totals_are_true(world: World) -> None:
    """The sums that marts read are what all facts add up to."""
    from warehouse.sql import sql_text

    assert query(world.home, sql_text("queries", "audit_totals")).rows == []


def test_a_persons_score_is_the_calls_quality(world: World, give: Give) -> None:
    assert give({"call_id": "call-1", "score": 0.8, "comment": "nearly"}) == FeedbackSummary(1, 1, 0, 1, 1)

    assert quality(world, "call-1") == (0.8, "human")
    assert quality(world, "call-2") == (0.5, "check")
    assert people(world) == [("call-1", "feedback", 0.8, "anna", "nearly")]
    assert_totals_are_true(world)


def test_a_call_is_named_by_its_run_item_and_step(world: World, give: Give) -> None:
    give({"run_id": "run-1", "item_id": "item-2", "step": "cite", "score": 1})
    give({"run_id": "run-1", "item_id": "item-1", "score": 0})  # the item has one call alone
    give({"call_id": "imported-call-7", "score": 0.3})

    assert [row[:3] for row in people(world)] == [
        ("call-1", "feedback", 0),
        ("call-3", "feedback", 1),
        ("imported-call-7", "feedback", 0.3),
    ]


def test_the_same_person_scoring_again_replaces_and_others_are_averaged(world: World, give: Give) -> None:
    give({"call_id": "call-1", "score": 0.2, "scored_at": "2026-11-25T13:00:00Z"})
    again = give({"call_id": "call-1", "score": 0.6, "comment": "on second thought"})
    assert (again.new, again.again) == (0, 1)
    assert quality(world, "call-1") == (0.6, "human")

    give({"call_id": "call-1", "score": 1.0, "scored_by": "ben"})
    assert quality(world, "call-1") == (0.8, "human")
    assert people(world) == [
        ("call-1", "feedback", 0.6, "anna", "on second thought"),
        ("call-1", "feedback", 1.0, "ben", None),
    ]
    assert_totals_are_true(world)


def test_the_last_word_counts_whatever_lands_last(world: World, give: Give) -> None:
    give({"call_id": "call-1", "score": 0.9, "scored_at": "2026-11-25T15:00:00Z"})
    give({"call_id": "call-1", "score": 0.1, "scored_at": "2026-11-25T14:00:00"})  # without an offset: UTC
    assert quality(world, "call-1") == (0.9, "human")

    give(
        {"call_id": "call-2", "score": 0.3, "scored_at": "2026-11-25T15:00:00+00:00"},
        {"call_id": "call-2", "score": 0.7, "scored_at": "2026-11-25T15:00:00+02:00"},  # two hours before
    )
    assert quality(world, "call-2") == (0.3, "human")
    assert_totals_are_true(world)


def test_the_same_scores_again_change_nothing(world: World, give: Give) -> None:
    scores = [{"call_id": f"call-{n}", "score": n / 4} for n in (1, 2, 3)]
    give(*scores)
    before = people(world)
    summary = give(*scores)

    assert (summary.scores, summary.new, summary.again) == (3, 0, 3)
    assert people(world) == before


@pytest.mark.parametrize(("low", "high", "score", "expected"), [(1, 5, 4, 0.75), (-1, 1, -1, 0), (0, 100, 100, 1)])
def test_a_scale_is_made_0_to_1(low: float, high: float, score: float, expected: float) -> None:
    given = {"call_id": "c", "score": score, "scored_by": "anna"}
    request = FeedbackRequest.model_validate({"scores": [given], "low": low, "high": high})
    [one] = placed_scores(request, roots=())

    assert scored(one, "c", request, text_keeper("full"), now=NOW).score == expected


BAD_SCORES = [
    ({"call_id": "call-9", "score": 1}, "scores:2: call_id: there is no such call in the warehouse (got 'call-9')"),
    ({"call_id": "call-2", "score": 1.2}, "scores:2: score: must lie between 0 and 1 (got 1.2)"),
    ({"call_id": "call-2", "score": -0.1}, "scores:2: score: must lie between 0 and 1 (got -0.1)"),
    (
        {"run_id": "run-1", "item_id": "item-2", "score": 1},
        "scores:2: item_id: stands for 2 calls of run 'run-1': name its step (got 'item-2')",
    ),
    (
        {"run_id": "run-1", "item_id": "item-1", "step": "cite", "score": 1},
        "scores:2: step: there is no such call of item 'item-1' in run 'run-1' (got 'cite')",
    ),
    (
        {"run_id": "run-2", "item_id": "item-1", "score": 1},
        "scores:2: item_id: there is no such call of item 'item-1' in run 'run-2' (got 'item-1')",
    ),
    (
        {"call_id": "call-2", "score": 1, "scored_at": "2026-12-24T18:00:00Z"},
        "scores:2: scored_at: lies in the future (got '2026-12-24T18:00:00+00:00')",
    ),
    (
        {"call_id": "call-1", "score": 1},
        "scores:2: scored_by: has scored this call on line 1 already: give each a scored_at, or leave one out "
        "(got 'anna')",
    ),
]


# one test for all: each look at the ledger takes a third of a second
def test_one_bad_score_and_none_is_taken(world: World, give: Give) -> None:
    for bad, error in BAD_SCORES:
        with pytest.raises(BadInputError) as refusal:
            give({"call_id": "call-1", "score": 0.5}, bad)

        assert str(refusal.value) == error
    assert people(world) == []


def test_somebody_must_have_judged(world: World, give: Give) -> None:
    with pytest.raises(BadInputError, match="scores:1: scored_by: is required: say who judged"):
        give({"call_id": "call-1", "score": 1}, scored_by=None)


def write_csv(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    names = list(rows[0])
    lines = [",".join("" if row[name] is None else str(row[name]) for name in names) for row in rows]
    path.write_text("\n".join([",".join(names), *lines]) + "\n")


def write_json_lines(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def write_parquet(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    values = ", ".join(
        f"('{row['call_id']}', {row['score']}, '{row['scored_by']}', '{row['comment']}')" for row in rows
    )
    duckdb.sql(f"COPY (FROM (VALUES {values}) AS t(call_id, score, scored_by, comment)) TO '{path}' (FORMAT parquet)")


WRITERS = {"csv": write_csv, "jsonl": write_json_lines, "parquet": write_parquet}


@pytest.mark.parametrize("kind", WRITERS)
def test_a_file_gives_the_same_scores_in_every_format(world: World, give: Give, tmp_path: Path, kind: str) -> None:
    rows = [
        {"call_id": f"call-{n}", "score": n / 4, "scored_by": "ben" if n == 2 else "anna", "comment": "so"}
        for n in (1, 2)
    ]
    WRITERS[kind](tmp_path / f"scores.{kind}", rows)

    assert give(input=str(tmp_path / f"scores.{kind}")) == FeedbackSummary(2, 2, 0, 2, 2)
    assert people(world) == [
        ("call-1", "feedback", 0.25, "anna", "so"),
        ("call-2", "feedback", 0.5, "ben", "so"),
    ]


BAD_ROWS = [
    ({"call_id": "call-1", "score": "good"}, "2: score: must be a valid number, unable to parse string as a number"),
    ({"call_id": "call-1", "score": "nan"}, "2: score: must be a finite number"),
    ({"call_id": "call-1", "score": ""}, "2: score: is required"),
    ({"call_id": "", "score": "1"}, "2: give call_id, or run_id and item_id"),
    ({"call_id": "call-1", "run_id": "run-1", "score": "1"}, "2: give call_id, or run_id and item_id, not both"),
    ({"call_id": "call-1", "score": "1", "rating": "5"}, "2: rating: unknown key"),
    ({"call_id": "call-1", "score": "1", "scored_at": "yesterday"}, "2: scored_at: "),
    ({"call_id": "call-1", "score": "1", "scorer": "usable"}, "2: scorer: 'usable' is the name of what a step"),
    ({"call_id": "call-9", "score": "1"}, "2: call_id: there is no such call"),
    ({"call_id": "call-1", "score": "7"}, "2: score: must lie between 0 and 1 (got 7.0)"),
]


def test_a_bad_row_is_named_by_file_line_and_field(world: World, give: Give, tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    for row, error in BAD_ROWS:
        write_csv(path, [row])
        with pytest.raises(BadInputError) as refusal:
            give(input=str(path))

        assert str(refusal.value).startswith(f"{path}:{error}")
    assert people(world) == []


def test_true_is_no_score(world: World, give: Give, tmp_path: Path) -> None:
    (tmp_path / "scores.jsonl").write_text('{"call_id": "call-1", "score": true}\n')

    with pytest.raises(BadInputError, match=r"scores\.jsonl:1: score: must be a number"):
        give(input=str(tmp_path / "scores.jsonl"))


def test_an_empty_file_and_one_outside_the_roots_are_refused(give: Give, tmp_path: Path) -> None:
    (tmp_path / "none.jsonl").write_text("\n")

    with pytest.raises(BadInputError, match=r"none\.jsonl: holds no scores"):
        give(input=str(tmp_path / "none.jsonl"))
    with pytest.raises(BadInputError, match="input: lies outside the allowed folders"):
        give(input="/etc/passwd")


def test_a_secret_in_a_comment_is_masked(world: World, give: Give, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "sk-" + "proj-" + "a1B2" * 10
    give({"call_id": "call-1", "score": 1, "comment": f"it told me {secret}"})

    [(*_, detail)] = people(world)
    assert "it told me" in str(detail)
    assert secret not in str(detail)


def test_late_scores_are_in_the_next_weights(world: World, give: Give) -> None:
    land(world.home)
    [before] = [cell for cell in fit_weights(world.home).cells if cell.model == "small"]
    give(*({"call_id": f"call-{n}", "score": 1} for n in (1, 2, 3)))
    [after] = [cell for cell in fit_weights(world.home).cells if cell.model == "small"]

    assert before.quality == pytest.approx(0.5)
    assert after.quality == pytest.approx(1.0)


def test_a_judge_whom_people_correct_is_learned_from_as_corrected(world: World, give: Give) -> None:
    outcomes = [world.outcome(replace(world.intent(n), model="judged")) for n in range(10, 50)]
    world.append(*outcomes, *(world.score(n, 0.8, source="judge", name="helpful") for n in range(10, 50)))
    land(world.home)
    before = {cell.model: cell.quality for cell in fit_weights(world.home).cells}
    # by several people: what one alone moves a weight by is capped
    given = ({"call_id": f"call-{n}", "score": 0.6, "scored_by": f"person {n % 5}"} for n in range(10, 30))
    give(*given)
    after = {cell.model: cell.quality for cell in fit_weights(world.home).cells}

    assert before["judged"] == pytest.approx(0.8, abs=0.02)
    # 20 differences of 0.2 over 20 + 10 answers
    alone = "SELECT DISTINCT round(learned_quality, 9) FROM answers WHERE model = 'judged' AND quality_source = 'judge'"
    assert query(world.home, alone).rows == [(round(0.8 - 0.2 * 20 / 30, 9),)]
    assert after["judged"] < before["judged"] - 0.05
    assert quality(world, "call-40") == (0.8, "judge")
