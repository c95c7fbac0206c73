"""Backups and their return: everything acknowledged is in them, whatever goes on meanwhile; damage is refused."""

from __future__ import annotations

import json
import shutil
import stat
import threading
from pathlib import Path

import pytest

from policies.errors import BadInputError, WorkFailedError
from tests.warehouse.conftest import NOON
from warehouse.backing_up import MARK, back_up
from warehouse.home import Home
from warehouse.landing import land
from warehouse.locks import BusyError, locked
from warehouse.query import query
from warehouse.restoring import restore
from warehouse.spool import Spool


def calls_of(home: Home) -> set[object]:
    return {row[0] for row in query(home, "SELECT call_id FROM attempts").rows}


def backed_up(home: Home, destination: Path, **options: bool):
    return back_up(home, destination, created_at=NOON, **{"with_runs": False, **options})


def restored(backup: Path, home: Home, **options: bool):
    return restore(backup, home, restored_at=NOON, **{"replace": False, **options})


@pytest.fixture
def backup(world, tmp_path: Path) -> Path:
    """A backup of two landed calls, one in a sealed segment, one in an open segment, and a run."""
    world.append(world.outcome(world.intent(1)), world.outcome(world.intent(2)))
    land(world.home)
    world.append(world.intent(3))
    journal = world.home.runs / "r1" / "chunks" / "000000" / "answer.journal.jsonl"
    journal.parent.mkdir(parents=True)
    journal.write_text("a line\n")
    (world.home.runs / ".r1.lock").touch()
    with Spool(world.home, max_segment_age_s=60) as spool:
        spool.append(world.intent(4)).result(10)
        made = backed_up(world.home, tmp_path / "backup", with_runs=True)
    assert (made.n_segments, made.n_run_files) == (2, 1)
    return tmp_path / "backup"


def test_a_backup_brings_back_ledger_spool_and_runs(backup, tmp_path) -> None:
    other = Home(tmp_path / "other")
    back = restored(backup, other)
    assert (back.created_at, back.n_segments, back.n_runs, back.set_aside) == (NOON, 2, 1, None)
    assert calls_of(other) == {"call-1", "call-2"}
    land(other)
    assert calls_of(other) == {"call-1", "call-2", "call-3", "call-4"}
    assert query(other, "FROM quarantine").rows == []
    assert (other.runs / "r1/chunks/000000/answer.journal.jsonl").read_text() == "a line\n"


def test_a_restored_ledger_goes_on(backup, world, tmp_path) -> None:
    other = type(world)(tmp_path / "other")
    restored(backup, other.home)
    other.append(other.outcome(other.intent(3)))
    assert land(other.home).inserted == 2
    assert query(other.home, "SELECT call_id, status FROM attempts ORDER BY 1").rows == [
        ("call-1", "ok"), ("call-2", "ok"), ("call-3", "ok"), ("call-4", "unknown"),
    ]  # fmt: skip


def test_what_is_copied_is_open_to_its_owner_alone(backup, tmp_path) -> None:
    restored(backup, Home(tmp_path / "other"))
    for folder in (backup, tmp_path / "other"):
        for path in (folder, *folder.rglob("*")):
            assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_runs_are_left_out_unless_they_are_asked_for(empty_world, tmp_path) -> None:
    (empty_world.home.create().runs / "r1").mkdir()
    (empty_world.home.runs / "r1" / "manifest.json").write_text("{}")
    backed_up(empty_world.home, tmp_path / "backup")
    assert {path.name for path in (tmp_path / "backup").iterdir()} == {"backup.json"}
    restored(tmp_path / "backup", Home(tmp_path / "other"))
    assert land(Home(tmp_path / "other")).is_published


def test_every_record_acknowledged_before_a_backup_is_in_it_while_writers_and_loaders_go_on(world, tmp_path) -> None:
    acknowledged: list[str] = []
    is_over = threading.Event()

    def write() -> None:
        with Spool(world.home, max_segment_bytes=5_000) as spool:
            n = 0
            while not is_over.is_set():
                spool.append(world.intent(n)).result(10)
                acknowledged.append(f"call-{n}")
                n += 1

    def land_on() -> None:
        while not is_over.is_set():
            land(world.home)
            is_over.wait(0.05)  # else no one else comes to the lock

    threads = [threading.Thread(target=work) for work in (write, land_on)]
    for thread in threads:
        thread.start()
    try:
        promised = []
        for n in range(3):
            while len(acknowledged) < 50 * (n + 1):
                is_over.wait(0.01)
            promised.append(set(acknowledged))
            backed_up(world.home, tmp_path / f"backup-{n}")
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
    for n, known in enumerate(promised):
        other = Home(tmp_path / f"other-{n}")
        restored(tmp_path / f"backup-{n}", other)
        land(other)
        assert known <= calls_of(other)
        assert query(other, "FROM quarantine").rows == []


@pytest.mark.parametrize("name", ["ledger.duckdb", "spool", "runs"])
@pytest.mark.parametrize("damage", ["a flipped bit", "a lost end", "a lost file"])
def test_a_damaged_backup_is_refused_with_the_file_and_nothing_is_written(backup, tmp_path, name, damage) -> None:
    path = next(path for path in sorted((backup / name).rglob("*")) or [backup / name] if path.is_file())
    data = path.read_bytes()
    if damage == "a lost file":
        path.unlink()
    else:
        path.write_bytes(data[:-1] if damage == "a lost end" else data[:-5] + bytes([data[-5] ^ 1]) + data[-4:])
    with pytest.raises(BadInputError, match="the backup is damaged") as refused:
        restored(backup, Home(tmp_path / "other"))
    assert refused.value.file == str(path)
    assert not (tmp_path / "other").exists()


def with_manifest(backup: Path, **changes: object) -> None:
    path = backup / "backup.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


BAD_MANIFESTS = {
    "a newer format": ({"format": 2}, r"newer version.*format 1.*\(got 2\)"),
    "a newer schema": ({"migrations": ["0001_facts", "9999_future"]}, r"newer version.*9999_future"),
    "an unknown key": ({"colour": "red"}, "damaged.*Extra inputs"),
    "a way out": ({"files": [{"path": "spool/../../x", "n_bytes": 1, "sha256": "0"}]}, "not a place in a backup"),
    "an absolute way out": ({"files": [{"path": "/x", "n_bytes": 1, "sha256": "0"}]}, "not a place in a backup"),
}


@pytest.mark.parametrize(("changes", "problem"), BAD_MANIFESTS.values(), ids=BAD_MANIFESTS.keys())
def test_a_backup_of_a_newer_version_or_with_a_damaged_manifest_is_refused(backup, tmp_path, changes, problem) -> None:
    with_manifest(backup, **changes)
    with pytest.raises(BadInputError, match=problem) as refused:
        restored(backup, Home(tmp_path / "other"))
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "other").exists()


def test_what_is_no_backup_is_refused(tmp_path) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path, tmp_path / "nowhere", tmp_path / "file"):
        with pytest.raises(BadInputError, match="is no backup"):
            restored(place, Home(tmp_path / "other"))


def test_a_home_that_holds_something_else_is_refused_unless_told_and_then_its_ledger_is_set_aside(
    backup, world, tmp_path
) -> None:
    other = type(world)(tmp_path / "other")
    other.append(other.outcome(other.intent(8)))
    land(other.home)
    other.append(other.outcome(other.intent(9)))
    with pytest.raises(BadInputError, match=r"ledger\.duckdb: is in the home already; --replace"):
        restored(backup, other.home)
    assert calls_of(other.home) == {"call-8"}
    back = restored(backup, other.home, replace=True)
    assert back.set_aside is not None
    assert calls_of(other.home) == {"call-1", "call-2"}
    land(other.home)  # the segment that was there has stayed
    assert calls_of(other.home) == {"call-1", "call-2", "call-3", "call-4", "call-9"}
    old = Home(tmp_path / "old").create()
    for path in Path(back.set_aside).iterdir():
        shutil.copy(path, old.root)
    assert calls_of(old) == {"call-8"}


def test_the_same_restore_again_changes_nothing(backup, tmp_path) -> None:
    other = Home(tmp_path / "other")
    restored(backup, other)
    again = restored(backup, other)
    assert (again.n_segments, again.n_runs, again.set_aside) == (0, 0, None)
    land(other)
    assert calls_of(other) == {"call-1", "call-2", "call-3", "call-4"}


def test_a_run_that_is_there_stays_as_it_is(backup, tmp_path) -> None:
    other = Home(tmp_path / "other").create()
    (other.runs / "r1").mkdir()
    assert restored(backup, other).n_runs == 0
    assert list((other.runs / "r1").iterdir()) == []


def test_a_destination_that_can_t_be_one_is_refused(empty_world, tmp_path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    (tmp_path / "taken.partial").mkdir()
    (tmp_path / "taken.partial" / "x").touch()
    with pytest.raises(BadInputError, match="no warehouse yet"):
        backed_up(empty_world.home, tmp_path / "backup")
    empty_world.home.create()
    for place, problem in {
        tmp_path / "full": "no empty folder",
        tmp_path / "full" / "x": "no empty folder",
        tmp_path / "nowhere" / "backup": "not there",
        empty_world.home.runs / "backup": "must not lie in",
        tmp_path / "taken": "in the way",
    }.items():
        with pytest.raises(BadInputError, match=problem):
            backed_up(empty_world.home, place)
    assert (tmp_path / "taken.partial" / "x").exists()


def test_what_a_killed_backup_left_is_replaced_but_not_what_a_living_one_writes(world, tmp_path) -> None:
    world.home.create()
    left = tmp_path / "backup.partial"
    left.mkdir()
    (left / MARK).touch()
    with locked(left / MARK, wait_s=0), pytest.raises(BadInputError, match="by another process"):
        backed_up(world.home, tmp_path / "backup")
    backed_up(world.home, tmp_path / "backup")
    assert {path.name for path in tmp_path.iterdir()} >= {"backup"}
    assert not left.exists()


def test_a_backup_waits_for_no_longer_than_told_and_leaves_nothing_behind(world, tmp_path) -> None:
    world.home.create()
    with locked(world.home.lock, wait_s=0), pytest.raises(BusyError):
        back_up(world.home, tmp_path / "backup", with_runs=False, created_at=NOON, wait_s=0.05)
    assert not list(tmp_path.glob("backup*"))


def test_a_damaged_warehouse_is_not_backed_up(world, tmp_path) -> None:
    world.append(*(world.outcome(world.intent(n)) for n in range(300)))
    land(world.home)
    data = bytearray(world.home.published.read_bytes())
    for at in range(12288 + 100, len(data), 4096):
        data[at] ^= 1
    world.home.published.write_bytes(data)
    with pytest.raises(WorkFailedError, match="rebuild published"):
        backed_up(world.home, tmp_path / "backup")
    assert not list(tmp_path.glob("backup*"))
