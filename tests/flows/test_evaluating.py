"""`pointsman replay` tells what routers would have come to, the same each time, and draws the frontier."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from flows.cli import main

GOLDEN = Path(__file__).parent / "golden" / "replay"
MODELS = {"small": 0.0001, "medium": 0.0004, "large": 0.002}
ABILITY = {"sum": (0.4, 0.8, 0.85), "prose": (0.7, 0.75, 0.8), "code": (0.2, 0.3, 0.9)}
TIME = re.compile(r"(\d+\.\d+)( ± \d+\.\d+)? *$", re.MULTILINE)  # the last column of the last sheet


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """240 prompts of three task types on three models, with latencies; and the first two models alone."""
    rng = np.random.default_rng(0)
    rows = [
        {
            "query_id": f"q{number}",
            "task_type": task,
            "prompt": f"{task} <{number}>",
            "model": model,
            "quality": float(rng.random() < chance),
            "cost_usd": usd * (1 + number % 5 / 10),
            "latency_s": usd * 1000,
        }
        for number in range(240)
        for task in [list(ABILITY)[number % 3]]
        for (model, usd), chance in zip(MODELS.items(), ABILITY[task], strict=True)
    ]
    folder = tmp_path_factory.mktemp("replay")
    frame = pd.DataFrame(rows)
    frame.to_parquet(folder / "three.parquet")
    frame[frame["model"] != "large"].to_csv(folder / "two.csv", index=False)
    return folder


def replay(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int | str | None, str, str]:
    """The command with one router, whichever others are ours, unless `arguments` name some."""
    named = () if "--router" in arguments else ("--router", "task-means")
    with pytest.raises(SystemExit) as exit_:
        main(("replay", *arguments, *named))
    out, err = capsys.readouterr()
    return exit_.value.code, out, err


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("three", ("three.parquet",)),
        ("two", ("two.csv", "--only", "[sp]*", "--splits", "2")),
        ("cascades", ("three.parquet", "--splits", "2", "--check-precision", "0.9", "--check-recall", "0.8")),
        ("log", ("three.parquet", "--mode", "log", "--splits", "2", "--chunk-size", "20")),
    ],
)
def test_the_report_is_as_it_was(
    data: Path, capsys: pytest.CaptureFixture[str], name: str, arguments: Sequence[str]
) -> None:
    code, out, err = replay(capsys, str(data / arguments[0]), *arguments[1:])
    assert (code, err) == (0, "")
    told = without_time("\n".join(line.rstrip() for line in out.splitlines()) + "\n")
    assert told == (GOLDEN / f"{name}.txt").read_text()


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--check-precision", "0.9"), "--check-precision and --check-recall: go together"),
        (
            ("--mode", "log", "--check-precision", "0.9", "--check-recall", "0.5"),
            "--check-precision: cascades are evaluated in mode full (got 0.9)",
        ),
    ],
)
def test_half_a_check_and_one_of_a_log_are_refused(
    data: Path, capsys: pytest.CaptureFixture[str], arguments: Sequence[str], problem: str
) -> None:
    code, _, err = replay(capsys, str(data / "three.parquet"), *arguments)
    assert code == 2
    assert problem in err


def without_time(told: str) -> str:
    """The report, of whose sheet of predictions the last column is left out: the time that a decision took."""
    head, title, predictions = told.partition("\nPredictions\n")
    return head + title + TIME.sub("(time)", predictions)


def test_json_and_plots_are_the_same_twice(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told, files = [], []
    for folder in (tmp_path / "one", tmp_path / "other" / "deeper"):
        code, out, err = replay(capsys, str(data / "three.parquet"), "--json", "--splits", "2", "--plot", str(folder))
        assert code == 0
        assert err.endswith(
            f"wrote {folder}/frontier.svg and {folder}/frontier.html\n"
        )  # after Matplotlib's first start
        told.append(re.sub(r'"decision_s": (\d[^,\n]*|\{[^}]*\})', "", out))
        files.append([(folder / name).read_bytes() for name in ("frontier.svg", "frontier.html")])
        document = json.loads(out)
    assert told[0] == told[1]
    assert files[0] == files[1]
    assert [policy["name"] for policy in document["policies"]][-1] == "oracle"
    assert document["seeds"] == [0, 1]
    svg, page = (file.decode() for file in files[0])
    assert "task means" in svg
    assert str(tmp_path) not in page
    assert not re.search(r"(?:src|href)=.https?:", page.replace(svg, ""))
    assert "<script" not in page


def test_another_seed_is_another_report(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    once = (str(data / "three.parquet"), "--splits", "1", "--json", "--seed")
    one, other = (replay(capsys, *once, seed)[1] for seed in ("0", "1"))
    assert json.loads(one)["policies"] != json.loads(other)["policies"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nothing.parquet",), "nothing.parquet: there is no such file"),
        (("three.parquet", "--only", "verse"), "--only: fits no task type of code, prose, sum (got 'verse')"),
        (("three.parquet", "--router", "nobody"), "--router: is none of "),
        (("three.parquet", "--mode", "log", "--plot", "x"), "--plot: only the frontier of mode full is drawn"),
        (("three.parquet", "--contaminated", "nowhere"), "nowhere: does not exist"),
        (("three.parquet", "--mode", "half"), "Invalid value for '--mode'"),
        (("three.parquet", "--plot", "three.parquet/x", "--splits", "1"), "--plot: can't be written"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: Sequence[str], told: str
) -> None:
    monkeypatch.chdir(data)
    code, _, err = replay(capsys, *arguments)
    assert code == 2
    assert told in err
    assert err.count("\n") == 1
