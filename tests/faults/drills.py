"""What is killed at each file operation: landing, backing up, restoring, rebuilding; and what must hold afterwards.

Each drill has a folder that was prepared once: a home with landed calls, more calls in its spool, and a run.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.faults.children import Nursery
from tests.faults.crash_points import CrashPoint, Drill, crash_everywhere
from tests.faults.records import price, records_of, run_started
from tests.faults.roles import now
from tests.faults.tally import Tally
from warehouse.backing_up import back_up
from warehouse.home import Home
from warehouse.landing import land
from warehouse.query import query
from warehouse.rebuilding import rebuild_ledger
from warehouse.records import Record
from warehouse.restoring import restore
from warehouse.spool import Spool

KEYS = """
SELECT 'intent ' || attempt_id || ' ' || item_id FROM attempts
UNION ALL SELECT 'outcome ' || attempt_id FROM attempts WHERE status = 'ok'
UNION ALL SELECT 'decision ' || decision_id FROM decisions
UNION ALL SELECT 'score ' || score_id FROM scores
ORDER BY ALL
"""
FINGERPRINT = """
SELECT
    (SELECT count(*) FROM attempts),
    (SELECT sum(cost_usd) FROM attempts),
    (SELECT bit_xor(hash(attempts)) FROM attempts),
    (SELECT count(*) FROM decisions),
    (SELECT count(*) FROM scores),
    (SELECT count(*) FROM quarantine),
    (SELECT sum(known_cost_usd) FROM calls),
    (SELECT sum(known_cost_usd) FROM cost_by_model_day)
"""


@dataclass(frozen=True, slots=True)
class Ground:
    """Where drills take place: a home at `root / "home"`, prepared in `prepared`."""

    nursery: Nursery
    prepared: Path
    root: Path

    @property
    def home(self) -> Home:
        """The home that is disturbed."""
        return Home(self.root / "home")

    def drill(self, role: str, *arguments: object, watched: Path | None = None) -> Drill:
        """A role to be killed in everything that it does below `watched`, or anywhere."""
        return Drill(self.nursery, self.prepared, self.root, watched or self.root, role, arguments)


def prepare_ground(folder: Path, nursery: Nursery) -> Ground:
    """Eight landed calls, two in the spool, and a run's file."""
    prepared = folder / "prepared"
    home = Home(prepared / "home")
    write(home, [run_started(), price(), *records_of(range(8))])
    land(home)
    write(home, records_of(range(8, 10)))
    (home.runs / "run-1").mkdir()
    (home.runs / "run-1" / "outputs.jsonl").write_text("{}\n" * 100)
    return Ground(nursery, prepared, folder / "disturbed")


def write(home: Home, records: Sequence[Record]) -> None:
    """Make records durable in one sealed segment."""
    with Spool(home) as spool:
        spool.append(*records).result()


def keys_of(home: Home) -> list[str]:
    """Every record that the warehouse shows, sorted; a record that is there twice is listed twice."""
    return [str(key) for (key,) in query(home, KEYS).rows]


def fingerprint(home: Home) -> tuple[object, ...]:
    """All sums of what the warehouse shows."""
    return query(home, FINGERPRINT).rows[0]


def drill_landing(ground: Ground, *, sample: float | None = None) -> Tally:
    """Kill a process that writes and lands.

    Afterwards what is published can be read, and is a state from before, or whole; what was acknowledged lands; and
    when the same is written again, as by a resumed run, the outcome is that of a process that nobody killed.
    """
    acknowledged = ground.root / "acknowledged"
    drill = ground.drill("write_and_land", ground.home.root, acknowledged, watched=ground.home.root)
    drill.lay_out()
    before = fingerprint(ground.home)
    assert ground.nursery.run(drill.role, *drill.arguments) == 0
    whole, all_keys = fingerprint(ground.home), keys_of(ground.home)

    def check(point: CrashPoint) -> int:
        assert fingerprint(ground.home) in (before, whole), point
        land(ground.home)
        keys = keys_of(ground.home)
        noted = acknowledged.read_text().splitlines() if acknowledged.exists() else []
        assert set(noted) <= set(keys), point
        assert len(keys) == len(set(keys)), point
        assert set(keys) <= set(all_keys), point
        assert ground.nursery.run(drill.role, *drill.arguments) == 0, ground.nursery.log.read_text()
        assert fingerprint(ground.home) == whole, point
        return len(noted)

    return crash_everywhere(drill, check, sample=sample)


def drill_first_landing(ground: Ground, *, sample: float | None = None) -> Tally:
    """Kill the first loader of a home: nothing is published, or something whole; the next loader lands everything."""
    begun = Ground(ground.nursery, ground.prepared.with_name("begun"), ground.root)
    write(Home(begun.prepared / "home"), records_of(range(10)))
    drill = begun.drill("land_once", begun.home.root)

    def check(point: CrashPoint) -> int:
        if begun.home.published.exists():
            assert len(keys_of(begun.home)) in (0, 40), point
        land(begun.home)
        keys = keys_of(begun.home)
        assert len(keys) == len(set(keys)) == 40, point
        return 40

    return crash_everywhere(drill, check, sample=sample)


def drill_backup(ground: Ground, *, sample: float | None = None) -> Tally:
    """Kill a backup: it is there whole or not at all, the home is unharmed, and the next backup works."""
    destination = ground.root / "backup"
    drill = ground.drill("back_up_to", ground.home.root, destination)

    def check(point: CrashPoint) -> int:
        if destination.exists():
            assert_restores(destination, ground.root / "other", point)
            shutil.rmtree(destination)
        back_up(ground.home, destination, with_runs=True, created_at=now())
        assert_restores(destination, ground.root / "another", point)
        land(ground.home)
        assert len(keys_of(ground.home)) == 40, point
        return 40

    return crash_everywhere(drill, check, sample=sample)


def assert_restores(backup: Path, root: Path, point: CrashPoint) -> None:
    """A backup has all ten calls and the run."""
    home = Home(root)
    restore(backup, home, replace=False, restored_at=now())
    land(home)
    assert len(keys_of(home)) == 40, point
    assert (home.runs / "run-1" / "outputs.jsonl").stat().st_size == 300, point


def drill_restore(ground: Ground, *, sample: float | None = None) -> Tally:
    """Kill a restore upon a home that has gone on since: it can be opened by a loader, and the same restore works.

    What had been in the spool of either is there afterwards, and the ledger that was replaced was set aside whole.
    """
    backup = ground.prepared.parent / "backup"
    ground.drill("land_once", ground.home.root).lay_out()
    back_up(ground.home, backup, with_runs=True, created_at=now())
    later = Ground(ground.nursery, ground.prepared.with_name("later"), ground.root)
    shutil.copytree(ground.prepared, later.prepared)
    gone_on = Home(later.prepared / "home")
    land(gone_on)
    write(gone_on, records_of(range(20, 22)))
    drill = later.drill("restore_from", backup, later.home.root)

    def check(point: CrashPoint) -> int:
        if not drills_ledger_is_old(later.home):
            assert len(keys_of(set_aside_of(later.home))) == 40, point
        restore(backup, later.home, replace=True, restored_at=now())
        land(later.home)
        keys = keys_of(later.home)
        assert len(keys) == len(set(keys)) == 48, point
        assert (later.home.runs / "run-1" / "outputs.jsonl").stat().st_size == 300, point
        return 48

    return crash_everywhere(drill, check, sample=sample)


def drills_ledger_is_old(home: Home) -> bool:
    """Whether the ledger is still the one that is to be replaced."""
    asides = list((home.root / "replaced").glob("*/ledger.duckdb"))
    return not asides or any(home.ledger.samefile(aside) for aside in asides)


def set_aside_of(home: Home) -> Home:
    """The home of what was set aside, laid out as one."""
    folder = next((home.root / "replaced").iterdir())
    return Home(folder)


def drill_rebuild(ground: Ground, *, sample: float | None = None) -> Tally:
    """Kill the rebuilding of a damaged ledger: what is published stays readable, and the same command works."""
    damaged = Ground(ground.nursery, ground.prepared.with_name("damaged"), ground.root)
    shutil.copytree(ground.prepared, damaged.prepared)
    Home(damaged.prepared / "home").ledger.write_bytes(b"no database")
    drill = damaged.drill("rebuild_from_published", damaged.home.root)

    def check(point: CrashPoint) -> int:
        assert len(keys_of(damaged.home)) == 32, point
        rebuild_ledger(damaged.home, rebuilt_at=now())
        land(damaged.home)
        assert len(keys_of(damaged.home)) == 40, point
        return 40

    return crash_everywhere(drill, check, sample=sample)


DRILLS: dict[str, Callable[..., Tally]] = {
    "write and land": drill_landing,
    "land for the first time": drill_first_landing,
    "back up": drill_backup,
    "restore": drill_restore,
    "rebuild": drill_rebuild,
}
