"""What a command prints where its output is narrow, full or closed, and of values that JSON or a terminal lacks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from flows.cli import main

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
# Forks one process for each query, whose standard output is a pipe that nobody reads or a full disk.
FORKING = """
import json, os, sys, tempfile
from flows.cli import main
ends = []
for place, arguments in json.loads(sys.argv[1]):
    with tempfile.TemporaryFile() as said:
        if (pid := os.fork()) == 0:
            reading, writing = os.pipe()
            os.close(reading)
            os.dup2(os.open("/dev/full", os.O_WRONLY) if place == "full" else writing, 1)
            os.dup2(said.fileno(), 2)
            break
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        said.seek(0)
        ends.append([status, said.read().decode()])
else:
    print(json.dumps(ends))
    sys.exit()
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
def home(tmp_path_factory: pytest.TempPathFactory, landed_home: Callable[[Path], Path]) -> Path:
    """A warehouse without facts."""
    return landed_home(tmp_path_factory.mktemp("output") / "home")


@pytest.fixture
def run(home: Path) -> Run:
    """Commands in a process of their own, their output decoded as UTF-8."""

    def start(*commands: Sequence[str], **variables: str) -> object:
        environment = {**os.environ, "POINTSMAN_HOME": str(home), "PYTHONIOENCODING": "", **variables}
        command = [sys.executable, "-c", PROGRAM, json.dumps(commands)]
        return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment)

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


@pytest.fixture(scope="module")
def ends(home: Path) -> Mapping[str, object]:
    """How queries ended whose output nobody reads, or fits nowhere: exit code and standard error of each.

    Each is a process of its own that ends as any does; one that has imported the command line forks them all.
    """
    queries = {
        f"{place} {n_rows} {form}": (place, ["query", f"SELECT i FROM range({n_rows}) AS t(i)", *options])
        for place, n_rows in (("gone", 1), ("gone", 20_000), ("full", 1))
        for form, options in (("table", []), ("json", ["--json"]))
    }
    told = subprocess.run(
        [sys.executable, "-c", FORKING, json.dumps(list(queries.values()))],
        env={**os.environ, "POINTSMAN_HOME": str(home)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert told.stderr == ""
    return dict(zip(queries, json.loads(told.stdout), strict=True))


@pytest.mark.parametrize("form", ["table", "json"])
@pytest.mark.parametrize("n_rows", [1, 20_000])
def test_a_reader_that_leaves_ends_the_command_in_silence(ends: Mapping[str, object], form: str, n_rows: int) -> None:
    assert ends[f"gone {n_rows} {form}"] == [0, "0\n"]


@pytest.mark.parametrize("form", ["table", "json"])
def test_a_full_disk_is_one_line(ends: Mapping[str, object], form: str) -> None:
    assert ends[f"full 1 {form}"] == [1, "pointsman: [Errno 28] No space left on device\n1\n"]


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
