"""What a command prints where its output is narrow, full or closed, and of values that JSON or a terminal lacks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from warehouse.home import Home
from warehouse.landing import land

COMMAND = [sys.executable, "-c", "from flows.cli import main; main()"]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse without facts."""
    root = tmp_path_factory.mktemp("output") / "home"
    land(Home(root))
    return root


@pytest.fixture
def run(home: Path) -> Run:
    """A command in a process of its own, its output decoded as UTF-8."""

    def start(*arguments: str, stdout: int = subprocess.PIPE, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "POINTSMAN_HOME": str(home), "PYTHONIOENCODING": "", **variables}
        return subprocess.run(
            [*COMMAND, *arguments], stdout=stdout, stderr=subprocess.PIPE, text=True, encoding="utf-8", env=environment
        )

    return start


def result_of(run: Run, sql: str, **variables: str) -> object:
    done = run("query", sql, "--json", **variables)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    "sql", ["SELECT 1 AS a, 2 AS a, 3 AS A", "FROM (SELECT 1 AS a), (SELECT 2 AS a), (SELECT 3 AS A)"]
)
def test_columns_of_one_name_are_numbered_as_duckdb_does(run: Run, sql: str) -> None:
    assert result_of(run, sql) == [{"a": 1, "a_1": 2, "A_2": 3}]
    assert run("query", sql).stdout.split()[:3] == ["a", "a_1", "A_2"]


DUCK = "chr(233) || chr(8211) || chr(129414)"
NARROW = [
    {"PYTHONIOENCODING": "ascii"},
    {"LC_ALL": "C"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
]


@pytest.mark.parametrize("variables", NARROW)
def test_what_an_encoding_lacks_is_printed_all_the_same(run: Run, variables: dict[str, str]) -> None:
    assert result_of(run, f"SELECT {DUCK} AS duck", **variables) == [{"duck": "é–🦆"}]
    table = run("query", f"SELECT {DUCK} AS duck, NULL AS nothing", **variables)
    assert (table.returncode, table.stderr) == (0, "")
    assert "é–🦆" in table.stdout or r"\xe9\u2013\U0001f986" in table.stdout
    refused = run("query", f"SELECT error({DUCK})", **variables)
    assert (refused.returncode, refused.stderr.count("\n"), "Traceback" in refused.stderr) == (2, 1, False)
    assert run("--help", **variables).returncode == 0


@pytest.mark.parametrize("options", [(), ("--json",)], ids=["table", "json"])
@pytest.mark.parametrize("n_rows", [1, 20_000])
def test_a_reader_that_leaves_ends_the_command_in_silence(run: Run, options: tuple[str, ...], n_rows: int) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = run("query", f"SELECT i FROM range({n_rows}) AS t(i)", *options, stdout=writing)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("options", [(), ("--json",)], ids=["table", "json"])
def test_a_full_disk_is_one_line(run: Run, options: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = run("query", "SELECT 1 AS one", *options, stdout=full.fileno())
    assert (done.returncode, done.stderr) == (1, "pointsman: [Errno 28] No space left on device\n")


VALUES = {
    "a hugeint": ("1::HUGEINT << 70", "1180591620717411303424"),
    "the largest 64 bits": ("18446744073709551615::UBIGINT", 2**64 - 1),
    "a decimal": ("1234567890123456789.000000001::DECIMAL(38, 9)", "1234567890123456789.000000001"),
    "a map of decimals": ("MAP {1.5: 'x'}", {"1.5": "x"}),
    "a map of numbers": ("MAP {1: 1::HUGEINT << 64}", {"1": "18446744073709551616"}),
    "nested": ("[{'a': [1::HUGEINT << 64]}]", [{"a": ["18446744073709551616"]}]),
    "a bit string": ("'101'::BIT", "101"),
    "no number": ("'NaN'::FLOAT", None),
    "a control character": ("chr(27) || 'x'", "\x1bx"),
}


def test_every_value_of_duckdb_is_json(run: Run) -> None:
    sql = "SELECT " + ", ".join(f'{value} AS "{name}"' for name, (value, _) in VALUES.items())
    assert result_of(run, sql) == [{name: expected for name, (_, expected) in VALUES.items()}]
    assert run("query", sql).returncode == 0


def test_a_terminal_is_not_told_what_to_do_by_a_value(run: Run) -> None:
    table = run("query", "SELECT chr(27) || '[31mred' AS colour").stdout
    assert r"\x1b[31mred" in table
    assert "\x1b" not in table
