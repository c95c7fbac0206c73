"""A file becomes a table, or one clear line says which field of it can't."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from policies.errors import BadInputError
from tasks.evaluation.evaluating import load_table
from tasks.evaluation.selecting import Selection

MODELS = ("large", "small")


def make_frame(n: int = 10) -> pd.DataFrame:
    """Prompts of two task types on two models."""
    return pd.DataFrame(
        [
            {
                "query_id": f"q{number}",
                "dataset": "sum" if number % 2 else "prose",
                "prompt": f"prompt {number}",
                "model": model,
                "quality": float(number % 3 == 0 or model == "large"),
                "cost_usd": 0.01 if model == "large" else 0.001,
                "is_leaked": number == 3,
            }
            for number in range(n)
            for model in MODELS
        ]
    )


def written(frame: pd.DataFrame, path: Path) -> Path:
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_parquet(path)
    return path


@pytest.mark.parametrize("name", ["table.parquet", "table.csv"])
def test_rows_in_any_order_make_the_same_table(tmp_path: Path, name: str) -> None:
    frame = make_frame()
    path = written(frame.sample(frac=1, random_state=0), tmp_path / name)
    table = load_table(path, Selection(), sizes_m={"small": 7.0}).table
    assert table.models == MODELS
    assert len(table) == len(frame) // 2
    assert list(zip(table.prompts.task_types, table.prompts.query_ids, strict=True)) == sorted(
        zip(table.prompts.task_types, table.prompts.query_ids, strict=True)
    )
    row = table.prompts.query_ids.index("q1")
    assert table.prompts.texts[row] == "prompt 1"
    assert table.outcomes.quality[row].tolist() == [1.0, 0.0]
    assert table.outcomes.cost_usd[row].tolist() == [0.01, 0.001]
    assert np.isnan(table.parameters_m[0])
    assert table.parameters_m[1] == 7.0


def test_one_id_may_stand_in_two_task_types(tmp_path: Path) -> None:
    frame = make_frame()
    both = pd.concat([frame, frame.assign(dataset=frame["dataset"] + " too", prompt="another")])
    table = load_table(written(both, tmp_path / "t.parquet"), Selection(), sizes_m={}).table
    assert len(table) == len(frame)


def put(row: int, field: str, value: object) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Write one cell."""

    def change(frame: pd.DataFrame) -> pd.DataFrame:
        frame[field] = frame[field].astype(object)
        frame.loc[row, field] = value
        return frame

    return change


SPOILT: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], str]] = {
    "no quality": (lambda f: f.drop(columns="quality"), "has no column quality"),
    "no task type": (lambda f: f.drop(columns="dataset"), "has no column task_type or dataset"),
    "no rows": (lambda f: f[:0], "has no rows"),
    "NaN": (put(4, "quality", None), "quality: is missing; NaN is no score (row 5)"),
    "too good": (put(4, "quality", 1.5), "quality: must be in [0, 1] (row 5) (got 1.5)"),
    "below nought": (put(4, "quality", -0.5), "quality: must be finite and at least 0 (row 5) (got -0.5)"),
    "endless": (put(4, "cost_usd", float("inf")), "cost_usd: must be finite and at least 0 (row 5) (got inf)"),
    "no prompt": (put(4, "prompt", None), "prompt: is missing (row 5)"),
    "twice": (lambda f: pd.concat([f, f[4:5]]), "query_id: large has two outcomes of it in prose (got 'q2')"),
    "two prompts": (put(4, "prompt", "another"), "query_id: has two prompts in prose (got 'q2')"),
    "a hole": (lambda f: f.drop(index=4), "query_id: has no outcome of large in prose; 1 prompts lack one (got 'q2')"),
    "one model": (lambda f: f[f["model"] == "small"], "model: has one model only"),
    "few prompts": (lambda f: f[:6], "has 3 prompts to evaluate; at least 8 are needed"),
    "a cost unknown": (
        put(4, "cost_usd", None),
        "cost_usd: is missing for 1 prompts of prose; --skip-unpriced leaves them out",
    ),
}


@pytest.mark.parametrize("name", SPOILT)
@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_what_is_no_table_is_told_by_file_field_and_value(tmp_path: Path, name: str, suffix: str) -> None:
    change, told = SPOILT[name]
    path = written(change(make_frame()), tmp_path / f"table{suffix}")
    with pytest.raises(BadInputError) as caught:
        load_table(path, Selection(), sizes_m={})
    line = str(caught.value)
    assert line.startswith(f"{path}: ")
    assert told in line
    assert "\n" not in line


def test_a_word_in_the_place_of_a_number_is_told(tmp_path: Path) -> None:
    path = written(put(4, "quality", "good")(make_frame()), tmp_path / "table.csv")
    with pytest.raises(BadInputError, match=r"quality: is no number \(row 5\) \(got 'good'\)"):
        load_table(path, Selection(), sizes_m={})


def test_files_that_are_none_are_told(tmp_path: Path) -> None:
    torn, other = tmp_path / "torn.parquet", tmp_path / "table.txt"
    torn.write_bytes(b"PAR1 and then nothing")
    other.write_text("query_id")
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"\xff\xfe\x00")
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"")
    for path, told in (
        (tmp_path / "nothing.parquet", "there is no such file"),
        (tmp_path, "is not a file"),
        (torn, "can't be read"),
        (other, "is of an unknown format"),
        (binary, "is not valid CSV"),
        (empty, "is not valid CSV"),
    ):
        with pytest.raises(BadInputError, match=told):
            load_table(path, Selection(), sizes_m={})


def test_three_models_need_costs_and_two_are_counted_in_calls(tmp_path: Path) -> None:
    frame = make_frame().assign(cost_usd=np.nan)
    evaluated = load_table(written(frame, tmp_path / "two.parquet"), Selection(), sizes_m={})
    assert evaluated.cost_unit == "strong_calls"
    assert evaluated.table.outcomes.cost_usd.mean(axis=0).tolist() == [1.0, 0.0]  # large is the stronger
    third = frame[frame["model"] == "small"].assign(model="third")
    path = written(pd.concat([frame, third]), tmp_path / "three.parquet")
    with pytest.raises(BadInputError, match="cost_usd: is missing throughout"):
        load_table(path, Selection(), sizes_m={})


def test_what_is_left_out_is_counted_and_moves_nobody_to_the_other_half(tmp_path: Path) -> None:
    frame = make_frame(40)
    frame.loc[frame["query_id"] == "q5", "cost_usd"] = np.nan
    path = written(frame, tmp_path / "t.parquet")
    listed = tmp_path / "listed.jsonl"
    listed.write_text('{"eval_prompt": "prompt 7"}\n"q9"\n{"query_id": "nobody"}\n')
    for contaminated, n in (("is_leaked", 1), (str(listed), 2)):
        evaluated = load_table(path, Selection(("s*",), contaminated, True), sizes_m={})
        out = evaluated.left_out
        assert (out.not_asked_for, out.contaminated, out.unpriced) == (20, n, 1)
        assert len(evaluated.table) == 40 - 20 - n - 1
        assert set(evaluated.population) == set(frame["query_id"])


@pytest.mark.parametrize(
    ("selection", "told"),
    [
        (Selection(("verse",)), "--only: fits no task type of prose, sum (got 'verse')"),
        (Selection(contaminated="nowhere.txt"), "nowhere.txt: does not exist"),
        (Selection(contaminated="quality"), "--contaminated: must be true or false"),
    ],
)
def test_a_selection_that_means_nothing_is_refused(tmp_path: Path, selection: Selection, told: str) -> None:
    frame = make_frame()
    frame["quality"] = 0.5
    with pytest.raises(BadInputError) as caught:
        load_table(written(frame, tmp_path / "t.parquet"), selection, sizes_m={})
    assert told in str(caught.value)


def test_a_list_that_is_no_json_is_told_by_line(tmp_path: Path) -> None:
    listed = tmp_path / "listed.jsonl"
    listed.write_text('"q1"\nq2\n')
    path = written(make_frame(), tmp_path / "t.parquet")
    with pytest.raises(BadInputError, match=r"listed\.jsonl:2: is no JSON"):
        load_table(path, Selection(contaminated=str(listed)), sizes_m={})
