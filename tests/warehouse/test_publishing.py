"""Opening the published file astride its replacement: DuckDB takes the head of one file and the blocks of the next."""

from __future__ import annotations

import random
import resource
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from warehouse.file_header import HEAD_BYTES, read_head
from warehouse.landing import land
from warehouse.locks import BusyError
from warehouse.publishing import replace_published
from warehouse.query import query

FINGERPRINT = "SELECT count(*), sum(cost_usd), sum(hash(response_text)), (SELECT count(*) FROM calls) FROM attempts"


def fingerprint(path: Path) -> list[tuple[object, ...]]:
    with duckdb.connect(path, read_only=True) as connection:
        return connection.execute(FINGERPRINT).fetchall()


def astride(old: bytes, new: bytes) -> bytes:
    """What a reader sees whose first open was before the rename, and whose second was after it."""
    return old[:HEAD_BYTES] + new[HEAD_BYTES:]


def killed_after_a_commit(home) -> None:
    """A loader that lives to commit, and not to checkpoint."""
    code = (
        "import duckdb, os, sys; c = duckdb.connect(sys.argv[1]);"
        "c.execute(\"INSERT INTO attempts BY NAME (SELECT * REPLACE ('other' AS attempt_id) FROM attempts)\");"
        "os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code, str(home.ledger)], check=False)
    assert home.write_ahead_log.exists()


def garble_first_block(path: Path) -> None:
    """As half of a block that was being rewritten in place."""
    with path.open("r+b") as file:
        file.seek(HEAD_BYTES + 100)
        file.write(b"\x00\xff" * 50)


def test_a_reader_astride_a_publication_sees_the_old_version_whole(world, tmp_path) -> None:
    dice = random.Random(5)
    land(world.home)
    n = 0
    for _ in range(12):
        old = world.home.published.read_bytes()
        expected = fingerprint(world.home.published)
        size = dice.choice([1, 20, 400])
        outcomes = [world.outcome(world.intent(k)) for k in range(n, n + size)]
        text = "".join(dice.choices("abcdefgh \n", k=2_000))
        world.append(*(replace(outcome, response_text=f"{k}{text}") for k, outcome in enumerate(outcomes)))
        n += size
        assert land(world.home).is_published
        mixed = tmp_path / "astride.duckdb"
        mixed.write_bytes(astride(old, world.home.published.read_bytes()))
        assert fingerprint(mixed) == expected
        assert fingerprint(world.home.published) != expected


def test_a_reader_astride_sees_the_old_version_whole_when_the_ledger_shrinks(world, tmp_path) -> None:
    land(world.home)
    for change in (
        "CREATE TABLE ballast AS SELECT hash(range)::VARCHAR AS text FROM range(300_000)",
        "DROP TABLE ballast",
        "CREATE TABLE another AS SELECT 1 AS one",  # what lay at the end of the file moves to the front
    ):
        old, expected = world.home.published.read_bytes(), fingerprint(world.home.published)
        with duckdb.connect(world.home.ledger) as connection:
            connection.execute(change)
        assert land(world.home).is_published
        mixed = tmp_path / "astride.duckdb"
        mixed.write_bytes(astride(old, world.home.published.read_bytes()))
        assert fingerprint(mixed) == expected
    assert world.home.ledger.stat().st_size < len(old), "the ledger must shrink for this test to mean anything"


def test_what_a_dead_loader_only_logged_is_published_and_counted_once(world) -> None:
    world.append(world.outcome(world.intent(1)))
    land(world.home)
    killed_after_a_commit(world.home)
    world.append(world.outcome(world.intent(2)))
    assert land(world.home).is_published
    assert query(world.home, "SELECT count(*) FROM attempts").rows == [(3,)]
    assert read_head(world.home.ledger) == read_head(world.home.published)


def test_what_a_dead_loader_checkpointed_is_published_by_the_next(world) -> None:
    land(world.home)
    before = world.home.published.read_bytes()
    world.append(world.outcome(world.intent(1)))
    land(world.home)
    world.home.published.write_bytes(before)  # as if the loader had died before it published
    assert land(world.home).is_published
    assert query(world.home, "SELECT count(*) FROM attempts").rows == [(1,)]


def test_a_ledger_that_was_only_begun_is_begun_again(empty_world) -> None:
    empty_world.home.create()
    empty_world.home.ledger.with_suffix(".new").write_bytes(b"half a head")
    empty_world.append(empty_world.outcome(empty_world.intent(1)))
    assert land(empty_world.home).inserted == 1


def test_a_checkpoint_in_whose_midst_a_loader_died_is_taken_back_and_what_was_committed_is_replayed(world) -> None:
    world.append(world.outcome(world.intent(1)))
    land(world.home)
    killed_after_a_commit(world.home)
    garble_first_block(world.home.ledger)
    with pytest.raises(duckdb.Error):
        fingerprint(world.home.ledger)
    world.append(world.outcome(world.intent(2)))
    assert land(world.home).inserted == 1
    assert query(world.home, "SELECT count(*) FROM attempts").rows == [(3,)]


def test_a_damaged_published_file_never_takes_the_ledgers_place(world) -> None:
    world.append(world.outcome(world.intent(1)))
    land(world.home)
    killed_after_a_commit(world.home)
    garble_first_block(world.home.published)
    land(world.home)
    assert query(world.home, "SELECT count(*) FROM attempts").rows == [(2,)]


def test_a_log_that_a_foreign_process_is_writing_to_is_left_to_it(world) -> None:
    world.append(world.outcome(world.intent(1)))
    land(world.home)
    code = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); c.execute('CREATE TABLE foreign_one AS SELECT 1 AS one');"
        "print(flush=True); sys.stdin.readline()"
    )
    command = [sys.executable, "-c", code, str(world.home.ledger)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as foreigner:
        assert foreigner.stdout is not None
        foreigner.stdout.readline()
        assert world.home.write_ahead_log.exists()
        garble_first_block(world.home.published)  # or it would be as the ledger is
        garbled = world.home.ledger.stat().st_ino
        with pytest.raises(BusyError, match="lock"):
            land(world.home, wait_s=0.1)
        assert world.home.ledger.stat().st_ino == garbled
        foreigner.communicate("\n")
    land(world.home)
    assert query(world.home, "SELECT one FROM foreign_one").rows == [(1,)]


def test_a_publication_that_the_disk_refuses_leaves_nothing_behind_that_takes_space(world) -> None:
    world.append(world.outcome(world.intent(1)))
    land(world.home)
    names, kept = sorted(path.name for path in world.home.root.iterdir()), world.home.published.read_bytes()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(kept) // 2, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            replace_published(world.home)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert sorted(path.name for path in world.home.root.iterdir()) == names
    assert world.home.published.read_bytes() == kept
