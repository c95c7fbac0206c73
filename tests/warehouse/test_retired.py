"""Of a large ledger only what changed is written when it is published, into a file that nobody reads any more."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from warehouse.home import Home
from warehouse.ledger import hold_ledger
from warehouse.publishing import one_checkpoint, replace_published
from warehouse.query import query
from warehouse.retired import FROM_BYTES, is_free, retired_path
from warehouse.validation_snapshot import hold_facts

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells whether a file is open elsewhere")
BALLAST = f"CREATE TABLE ballast AS SELECT hash(range) AS value FROM range({FROM_BYTES // 7})"
HOLD = (
    "import sys; file = open(sys.argv[1], 'rb'); print(flush=True); sys.stdin.read();"
    "sys.stdout.buffer.write(file.read())"
)


def change(home: Home, sql: str) -> int:
    """Change the ledger and publish it; returns the published file's inode."""
    with hold_ledger(home), one_checkpoint(home) as connection:
        connection.execute(sql)
    return home.published.stat().st_ino


def add(home: Home, n: int) -> int:
    return change(home, f"INSERT INTO numbers VALUES ({n})")


def sum_of(path: Path) -> list[tuple[object, ...]]:
    with duckdb.connect(path, read_only=True) as connection:
        return connection.execute("SELECT sum(n) FROM numbers").fetchall()


@pytest.fixture
def large(tmp_path: Path) -> Home:
    """A home whose ledger is large enough for its published files to be used again; the sum of its numbers is 1."""
    home = Home(tmp_path).create()
    change(home, f"{BALLAST}; CREATE TABLE numbers (n INTEGER); INSERT INTO numbers VALUES (1)")
    return home


def test_two_files_take_turns_and_each_is_the_ledger_byte_for_byte(large) -> None:
    inodes = [large.published.stat().st_ino]
    for n in (10, 100, 1000, 10000):
        inodes.append(add(large, n))
        data = large.ledger.read_bytes()
        assert large.published.read_bytes()[: len(data)] == data
        assert query(large, "SELECT sum(n) FROM numbers").rows == [(int("1" * len(str(n))),)]
    assert inodes[0] == inodes[2] == inodes[4] != inodes[1] == inodes[3]
    assert oct(large.published.stat().st_mode & 0o777) == oct(0o600)


def test_a_small_ledger_leaves_no_third_file(tmp_path: Path) -> None:
    home = Home(tmp_path).create()
    change(home, "CREATE TABLE numbers (n INTEGER)")
    add(home, 1)
    assert {path.name for path in tmp_path.iterdir()} == {
        "ledger.duckdb",
        "ledger.lock",
        "runs",
        "spool",
        "warehouse.duckdb",
    }


@pytest.mark.parametrize("is_ours", [True, False])
def test_whoever_has_a_retired_file_open_keeps_it_as_it_was(large, is_ours: bool) -> None:
    inode, data = large.published.stat().st_ino, large.published.read_bytes()
    if is_ours:
        with duckdb.connect(large.published, read_only=True) as reader:
            assert inode not in (add(large, 10), add(large, 100))
            assert reader.execute("SELECT sum(n) FROM numbers").fetchall() == [(1,)]
    else:
        with subprocess.Popen(
            [sys.executable, "-c", HOLD, large.published], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as holder:
            assert holder.stdout is not None
            holder.stdout.readline()
            assert inode not in (add(large, 10), add(large, 100))
            assert holder.communicate(b"")[0] == data
    assert sum_of(large.published) == [(111,)]


def test_a_second_name_keeps_what_it_names(large) -> None:
    with hold_facts(large) as held:
        add(large, 10)
        add(large, 100)
        assert sum_of(held.published) == [(1,)]
    assert sum_of(large.published) == [(111,)]


def test_what_a_killed_publication_left_in_the_retired_file_is_overwritten(large) -> None:
    add(large, 10)
    retired = retired_path(large)
    retired.write_bytes(os.urandom(retired.stat().st_size // 2))
    large.published.with_suffix(".beside").hardlink_to(large.published)
    add(large, 100)
    with hold_ledger(large):
        replace_published(large)
    assert sum_of(large.published) == [(111,)]


def test_a_file_is_free_only_while_nobody_else_has_it_open(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x")
    fd = os.open(path, os.O_RDWR)
    assert is_free(fd)
    with path.open("rb"):
        assert not is_free(fd)
    (tmp_path / "second").hardlink_to(path)
    assert not is_free(fd)
    os.close(fd)
