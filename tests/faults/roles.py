"""What the processes of the fault tests do: each role takes texts, and ends by being killed or by returning."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from tasks.desk import Desk
from tasks.history import History, histories
from tasks.identifiers import score_id_of
from tasks.journal import StepJournal, read_journal
from tasks.planned import CallResult, PlannedCall
from tasks.sending import settle_call
from tests.fakes.desks import RUN_ID, desk_with, planned_call, record_of
from tests.faults.client import SocketClient
from tests.faults.records import NOON, records_of
from warehouse.backing_up import back_up
from warehouse.commit import Commit
from warehouse.home import Home
from warehouse.landing import land
from warehouse.ledger import hold_ledger
from warehouse.publishing import one_checkpoint
from warehouse.rebuilding import rebuild_ledger
from warehouse.records import DecisionMade, Intent, Outcome, Record, RunStarted, Scored
from warehouse.restoring import restore
from warehouse.spool import Spool

AT_ONCE = 12
SEGMENT_BYTES, SEGMENT_AGE_S = 6_000, 0.05  # small, so that segments are sealed all the time
TIMEOUT_S, DEADLINE_S = 3.0, 60.0
ORDER = ("small", "large", "spare")


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)


def key_of(record: Record) -> str:
    """What a record is called in the account of acknowledgements: its kind and its key."""
    match record:
        case Intent():
            return f"intent {record.attempt_id} {record.item_id}"
        case Outcome():
            return f"outcome {record.intent.attempt_id}"
        case DecisionMade():
            return f"decision {record.decision_id}"
        case Scored():
            return f"score {record.score_id}"
    raise AssertionError(type(record).__name__)


class AcknowledgedSpool:
    """A spool that notes in a file what it has acknowledged, before whoever waits for it goes on."""

    def __init__(self, spool: Spool, acknowledged: Path) -> None:
        self._spool = spool
        self._fd = os.open(acknowledged, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def append(self, *records: Record) -> Commit:
        future = self._spool.append(*records)
        note = "".join(f"{key_of(record)}\n" for record in records).encode()
        future.add_done_callback(lambda done: None if done.exception() else self._note(note))
        return future

    def _note(self, note: bytes) -> None:
        os.write(self._fd, note)  # in one piece, whatever other threads note


def write_calls(root: str, socket: str, acknowledged: str, prefix: str) -> None:
    """Make calls at the provider without end, each with decision, attempts, retries, fallbacks and a late score."""
    with Spool(Home(Path(root)), max_segment_bytes=SEGMENT_BYTES, max_segment_age_s=SEGMENT_AGE_S) as spool:
        spool.append(RunStarted(RUN_ID, "faults", "hash", "scripted", None, None, now(), 0, None))
        ledger = AcknowledgedSpool(spool, Path(acknowledged))
        with StepJournal(Home(Path(root)).runs / f"{prefix}.journal.jsonl") as journal:
            desk = desk_at(socket, ledger, journal)
            asyncio.run(settle_for_ever(desk, prefix))


def desk_at(socket: str, ledger: AcknowledgedSpool, journal: StepJournal) -> Desk:
    """A desk with real spool, journal and clocks around the provider's socket."""
    return replace(desk_with(SocketClient(socket), order=ORDER), ledger=ledger, journal=journal, now=now)


async def settle_for_ever(desk: Desk, prefix: str) -> None:
    """Some calls at once, one after the other, as fast as they go."""

    async def work(worker: int) -> None:
        n = 0
        while True:
            await settle_one(desk, f"{prefix}-{worker}-{n}")
            n += 1

    async with asyncio.TaskGroup() as group:
        for worker in range(AT_ONCE):
            group.create_task(work(worker))


async def settle_one(desk: Desk, item_id: str) -> None:
    """One call from its decision to the score of its answer, which is not waited for."""
    call = planned(item_id)
    await desk.ledger.append(record_of(call.request, call.decision, 0))
    result = await settle_call(call, desk, history=History())
    if result.error is None:
        score_id = score_id_of(result.call_id, "exact", "1")
        desk.ledger.append(Scored(score_id, result.call_id, "exact", "1", "check", 1.0, None, None, now()))


def send_calls(root: str, socket: str, acknowledged: str, prefix: str, n_calls: str) -> None:
    """Make some calls as the task *complete* does: from where a process before this one had got to, to their end.

    An acknowledged intent is noted with its item. Raises the first error that stopped a call.
    """
    home = Home(Path(root))
    path = home.runs / f"{prefix}.journal.jsonl"
    past = read_journal(path)
    with Spool(home, max_segment_bytes=SEGMENT_BYTES) as spool, StepJournal(path) as journal:
        spool.append(*past).result()
        desk = desk_at(socket, AcknowledgedSpool(spool, Path(acknowledged)), journal)
        calls = [planned(f"{prefix}-{n}") for n in range(int(n_calls))]
        settled = asyncio.run(settle_all(calls, desk, histories(past)))
    for end in settled:
        if isinstance(end, BaseException):
            raise end


async def settle_all(
    calls: Sequence[PlannedCall], desk: Desk, known: Mapping[str, History]
) -> Sequence[CallResult | BaseException]:
    """How each of some calls ended, all sent at once."""
    settling = [settle_call(call, desk, history=known.get(call.request.call_id, History())) for call in calls]
    return await asyncio.gather(*settling, return_exceptions=True)


def planned(item_id: str) -> PlannedCall:
    """A call whose prompt begins with its item."""
    return planned_call(item_id=item_id, text=f"{item_id} asks why", timeout_s=TIMEOUT_S, deadline_s=DEADLINE_S)


def write_and_land(root: str, acknowledged: str) -> None:
    """Write two batches into one segment and one into another, and land both: always the same records."""
    home = Home(Path(root))
    for batches in ((range(10, 12), range(12, 14)), (range(14, 16),)):
        with Spool(home, max_segment_age_s=600) as spool:
            ledger = AcknowledgedSpool(spool, Path(acknowledged))
            for batch in batches:
                ledger.append(*records_of(batch)).result()
    land(home)


def back_up_to(root: str, destination: str) -> None:
    """Back a home up, runs included."""
    back_up(Home(Path(root)), Path(destination), with_runs=True, created_at=NOON)


def restore_from(backup: str, root: str) -> None:
    """Bring a backup back in place of what is there."""
    restore(Path(backup), Home(Path(root)), replace=True, restored_at=now())


def rebuild_from_published(root: str) -> None:
    """Make a damaged ledger anew."""
    rebuild_ledger(Home(Path(root)), rebuilt_at=now())


def land_for_ever(root: str) -> None:
    """Land whatever is ready, again and again."""
    while True:
        land(Home(Path(root)))


def land_once(root: str) -> None:
    """Land whatever is ready, however long somebody else has the ledger."""
    land(Home(Path(root)), wait_s=600)


def change_once(root: str) -> None:
    """Change the ledger as the loader does, in one checkpoint."""
    home = Home(Path(root))
    with hold_ledger(home), one_checkpoint(home) as connection:
        connection.execute("CREATE TABLE ours AS SELECT 1 AS one")


ROLES: Mapping[str, Callable[..., None]] = {
    role.__name__: role
    for role in (
        write_calls,
        send_calls,
        write_and_land,
        land_for_ever,
        land_once,
        change_once,
        back_up_to,
        restore_from,
        rebuild_from_published,
    )
}
