"""What a command prints where its output is narrow, full or closed, and of values that JSON or a terminal lacks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from flows.cli import main
from warehouse.home import Home
from warehouse.landing import land

# Runs several commands, one after the other; a line on standard error tells how each ended.
PROGRAM = """
import json, sys
from flows.cli import main
for arguments in json.loads(sys.argv[1]):
    try:
        main(arguments)
    except SystemExit as ended:
        code = ended.code
    print(code, file=sys.stderr, flush=True)
sys.exit(code)
"""
Run = Callable[..., "subprocess.CompletedProcess[str]"]
Here = Callable[..., str]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse without facts."""
    root = tmp_path_factory.mktemp("output") / "home"
    land(Home(root))
    return root


@pytest.fixture
def run(home: Path) -> Run:
    """Commands in a process of their own, their output decoded as UTF-8."""

    def start(*commands: Sequence[str], stdout: int = subprocess.PIPE, **variables: str) -> object:
        environment = {**os.environ, "POINTSMAN_HOME": str(home), "PYTHONIOENCODING": "", **variables}
        command = [sys.executable, "-c", PROGRAM, json.dumps(commands)]
        return subprocess.run(
            command, stdout=stdout, stderr=subprocess.PIPE, text=True, encoding="utf-8", env=environment
        )

    return start  # type: ignore[return-value]  # of text


@pytest.fixture
def here(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    """A query in this process that must succeed; gives what it printed."""
    monkeypatch.setenv("POINTSMAN_HOME", str(home))

    def start(*arguments: str) -> str:
        with pytest.raises(SystemExit) as exit_:
            main(["query", *arguments])
        out, err = capsys.readouterr()
        assert (exit_.value.code, err) == (0, "")
        return out

    return start


@pytest.mark.parametrize(
    "sql", ["SELECT 1 AS a, 2 AS a, 3 AS A", "FROM (SELECT 1 AS a), (SELECT 2 AS a), (SELECT 3 AS A)"]
)
def test_columns_of_one_name_are_numbered_as_duckdb_does(here: Here, sql: str) -> None:
    assert json.loads(here(sql, "--json")) == [{"a": 1, "a_1": 2, "A_2": 3}]
    assert here(sql).split()[:3] == ["a", "a_1", "A_2"]


DUCK = "chr(233) || chr(8211) || chr(129414)"
NARROW = [
    {"PYTHONIOENCODING": "ascii"},
    {"LC_ALL": "C"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
]


@pytest.mark.parametrize("variables", NARROW)
def test_what_an_encoding_lacks_is_printed_all_the_same(run: Run, variables: dict[str, str]) -> None:
    told = run(
        ("query", f"SELECT {DUCK} AS duck", "--json"),
        ("query", f"SELECT {DUCK} AS duck, NULL AS nothing"),
        ("--help",),
        ("query", f"SELECT error({DUCK})"),
        **variables,
    )
    *codes, line, last = told.stderr.splitlines()
    assert (codes, last, told.returncode) == (["0", "0", "0"], "2", 2)
    assert line.startswith("pointsman: ")
    printed, _, rest = told.stdout.partition("]\n")
    assert json.loads(f"{printed}]") == [{"duck": "é–🦆"}]
    assert "é–🦆" in rest or r"\xe9\u2013\U0001f986" in rest


@pytest.mark.parametrize("options", [(), ("--json",)], ids=["table", "json"])
@pytest.mark.parametrize("n_rows", [1, 20_000])
def test_a_reader_that_leaves_ends_the_command_in_silence(run: Run, options: tuple[str, ...], n_rows: int) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = run(("query", f"SELECT i FROM range({n_rows}) AS t(i)", *options), stdout=writing)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (0, "0\n")


@pytest.mark.parametrize("options", [(), ("--json",)], ids=["table", "json"])
def test_a_full_disk_is_one_line(run: Run, options: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = run(("query", "SELECT 1 AS one", *options), stdout=full.fileno())
    assert (done.returncode, done.stderr) == (1, "pointsman: [Errno 28] No space left on device\n1\n")


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


def test_every_value_of_duckdb_is_json(here: Here) -> None:
    sql = "SELECT " + ", ".join(f'{value} AS "{name}"' for name, (value, _) in VALUES.items())
    assert json.loads(here(sql, "--json")) == [{name: expected for name, (_, expected) in VALUES.items()}]
    assert here(sql)


def test_a_terminal_is_not_told_what_to_do_by_a_value(here: Here) -> None:
    table = here("SELECT chr(27) || '[31mred' AS colour")
    assert r"\x1b[31mred" in table
    assert "\x1b" not in table
