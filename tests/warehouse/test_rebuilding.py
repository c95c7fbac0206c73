"""Where one of the two files is damaged, the other one brings it back; a good copy is never replaced by damage."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import duckdb
import pytest

from policies.errors import BadInputError, WorkFailedError
from tests.warehouse.conftest import NOON
from warehouse.blocks import BLOCK_BYTES
from warehouse.damage import DamagedError
from warehouse.file_header import HEAD_BYTES
from warehouse.landing import land
from warehouse.query import query
from warehouse.rebuilding import rebuild_ledger, rebuild_published


def n_attempts(home) -> int:
    return query(home, "SELECT count(*) FROM attempts").rows[0][0]


def garble_blocks(path: Path) -> None:
    """One byte of each 4 KiB flipped, the head left as it is."""
    data = bytearray(path.read_bytes())
    for at in range(HEAD_BYTES + 100, len(data), 4096):
        data[at] ^= 1
    path.write_bytes(data)


DAMAGES = {
    "no database": lambda path: path.write_bytes(b"not a database" * 1000),
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:5000]),
    "a flipped bit in its head": lambda path: path.write_bytes(b"\x01" + path.read_bytes()[1:]),
    "blocks garbled": garble_blocks,
    "missing": lambda path: path.unlink(),
}


@pytest.fixture
def landed(world):
    """A home with 300 landed calls, and one more in the spool."""
    world.append(*(world.outcome(world.intent(n)) for n in range(300)))
    land(world.home)
    world.append(world.outcome(world.intent(300)))
    return world.home


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_published_file_is_made_anew_from_the_ledger(landed, damage) -> None:
    damage(landed.published)
    assert rebuild_published(landed).is_new
    assert n_attempts(landed) == 300
    land(landed)
    assert n_attempts(landed) == 301


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_ledger_is_told_with_the_remedy_and_made_anew_from_the_published_file(landed, damage) -> None:
    damage(landed.ledger)
    if damage is not garble_blocks:  # a land need not touch the damaged block
        with pytest.raises(DamagedError, match=r"`pointsman rebuild ledger`.*`pointsman restore BACKUP`"):
            land(landed)
    assert n_attempts(landed) == 300, "what is published must stay good"
    rebuilt = rebuild_ledger(landed, rebuilt_at=NOON)
    assert rebuilt.is_new
    assert rebuilt.set_aside is not None
    assert (Path(rebuilt.set_aside) / landed.ledger.name).exists() == (damage is not DAMAGES["missing"])
    assert land(landed).inserted == 1
    assert n_attempts(landed) == 301


def test_what_the_published_copy_is_behind_lands_again_after_a_rebuild(landed) -> None:
    segments = {path: path.read_bytes() for path in landed.spool.iterdir()}
    behind = landed.published.read_bytes()
    land(landed)
    landed.published.write_bytes(behind)  # as if the loader had died between checkpoint and publication
    for path, data in segments.items():
        path.write_bytes(data)
    landed.ledger.write_bytes(b"")
    rebuild_ledger(landed, rebuilt_at=NOON)
    land(landed)
    assert n_attempts(landed) == 301


def test_a_damaged_ledger_is_not_published(landed) -> None:
    garble_blocks(landed.ledger)
    with pytest.raises(DamagedError, match="rebuild ledger"):
        rebuild_published(landed)
    assert n_attempts(landed) == 300


def test_a_sound_ledger_is_left_alone(landed) -> None:
    before = landed.ledger.stat()
    assert not rebuild_ledger(landed, rebuilt_at=NOON).is_new
    assert landed.ledger.stat().st_ino == before.st_ino
    assert landed.ledger.stat().st_mtime_ns == before.st_mtime_ns


def test_where_both_are_damaged_only_a_backup_helps(landed) -> None:
    landed.ledger.write_bytes(b"")
    landed.published.write_bytes(b"")
    with pytest.raises(WorkFailedError, match="restore BACKUP"):
        rebuild_ledger(landed, rebuilt_at=NOON)
    with pytest.raises(WorkFailedError, match="restore BACKUP"):
        rebuild_published(landed)
    landed.published.unlink()
    with pytest.raises(DamagedError, match="missing too"):
        rebuild_ledger(landed, rebuilt_at=NOON)


def test_there_is_nothing_to_rebuild_before_the_first_land(empty_world) -> None:
    for rebuild in (rebuild_published, lambda home: rebuild_ledger(home, rebuilt_at=NOON)):
        with pytest.raises(BadInputError, match="no warehouse yet"):
            rebuild(empty_world.home)
    assert not empty_world.home.root.exists()


def test_a_damaged_published_file_is_told_with_the_remedy(landed) -> None:
    landed.published.write_bytes(b"not a database" * 1000)
    with pytest.raises(DamagedError, match="`pointsman rebuild published`"):
        n_attempts(landed)
    rebuild_published(landed)
    garble_blocks(landed.published)
    with pytest.raises(DamagedError, match="`pointsman rebuild published`"):
        query(landed, "SELECT sum(hash(attempts)) FROM attempts")


UNREAD = "SELECT max(block_id) FROM pragma_storage_info('decisions') WHERE column_name = 'text' AND block_id >= 0"
TEXTS = "SELECT count(*), count(DISTINCT text) FROM decisions"


def test_damage_that_a_land_does_not_read_is_told_before_it_takes_the_good_copys_place(world) -> None:
    random = Random(7)
    world.append(*(replace(world.decision(n), text=f"{random.getrandbits(4000):x}") for n in range(600)))
    land(world.home)
    with duckdb.connect(world.home.ledger, read_only=True) as connection:
        [(block,)] = connection.execute(UNREAD).fetchall()
    with world.home.ledger.open("r+b") as file:
        file.seek(HEAD_BYTES + block * BLOCK_BYTES + 1000)
        file.write(b"rotten")
    world.append(world.outcome(world.intent(600)))
    for _ in range(2):
        with pytest.raises(DamagedError, match="`pointsman rebuild ledger`"):
            land(world.home)
        assert query(world.home, TEXTS).rows == [(600, 600)]
    assert rebuild_ledger(world.home, rebuilt_at=NOON).is_new
    assert land(world.home).inserted == 1
    assert query(world.home, TEXTS).rows == [(600, 600)]
