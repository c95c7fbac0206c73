"""The loader: segments of the spool become facts of the ledger, exactly once, and then what users can see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path

import duckdb
import pyarrow as pa

from warehouse.collecting import Segment, ready_segments
from warehouse.damage import ledger_failure
from warehouse.file_header import read_head
from warehouse.home import Home
from warehouse.ledger import LOCK_WAIT_S, create_ledger, hold_ledger
from warehouse.load import Load, gather, landed_table, refused_table
from warehouse.migrating import migrate
from warehouse.open_segment import sync_folder
from warehouse.publishing import one_checkpoint
from warehouse.segments import Refused, readable
from warehouse.sifting import sift
from warehouse.sql import sql_text
from warehouse.staging import CALL_OF, INSERT_ORDER, insert_facts, lines_of, stage_all
from warehouse.totals import totals_kept

MAX_BATCH_BYTES = 64 * 1024 * 1024
LEG_BATCHES = 8  # of one checkpoint and one publication


@dataclass(frozen=True, slots=True)
class Landing:
    """What one landing did. `duplicates` are records that added nothing: known already, or intents whose outcome is."""

    segments: int = 0
    records: int = 0
    inserted: int = 0
    settled: int = 0
    duplicates: int = 0
    quarantined: int = 0
    torn: tuple[str, ...] = ()
    is_published: bool = False


def land(home: Home, *, landed_at: datetime | None = None, wait_s: float = LOCK_WAIT_S) -> Landing:
    """Land every segment that is ready and publish the result; one process does so at a time.

    Raises `WorkFailedError` when another loader, or a foreign process that holds the file, does not let go within
    `wait_s`, or when the disk refuses. Nothing is lost then: segments stay until their facts are checkpointed.
    """
    now = landed_at or datetime.now(UTC)
    with hold_ledger(home, wait_s=wait_s), ledger_errors(home):
        before = read_head(home.published)
        create_ledger(home, fill=lambda connection: migrate(connection, applied_at=now))
        with one_checkpoint(home, wait_s=wait_s) as connection:
            migrate(connection, applied_at=now)
        landings: list[Landing] = []
        pending = batches(ready_segments(home))
        while leg := land_leg(home, pending, now, wait_s=wait_s):
            landings += leg
        is_published = read_head(home.published) != before
    return total(landings, is_published=is_published)


@contextmanager
def ledger_errors(home: Home) -> Iterator[None]:
    """Turn DuckDB's errors into `WorkFailedError` that names the ledger, and the remedy where it is damaged."""
    try:
        yield
    except duckdb.Error as error:
        raise ledger_failure(home, error) from error


def land_leg(home: Home, pending: Iterator[list[Segment]], now: datetime, *, wait_s: float) -> list[Landing]:
    """Land some batches, each in a transaction; checkpoint and publish once, and only then remove the segments."""
    first = next(pending, None)
    if first is None:
        return []
    landings: list[Landing] = []
    paths: list[Path] = []
    with one_checkpoint(home, wait_s=wait_s) as connection:
        for batch in chain([first], islice(pending, LEG_BATCHES - 1)):
            landings.append(land_batch(connection, batch, now))
            paths += [segment.path for segment in batch]
    for path in paths:
        path.unlink()
    sync_folder(home.spool)
    return landings


def batches(segments: Iterable[Segment]) -> Iterator[list[Segment]]:
    """Cut segments into lists of about `MAX_BATCH_BYTES`, in order."""
    batch: list[Segment] = []
    n_bytes = 0
    for segment in segments:
        batch.append(segment)
        n_bytes += len(segment.data)
        if n_bytes >= MAX_BATCH_BYTES:
            yield batch
            batch, n_bytes = [], 0
    if batch:
        yield batch


def land_batch(connection: duckdb.DuckDBPyConnection, segments: Sequence[Segment], now: datetime) -> Landing:
    """Land some segments in one transaction, but for those that were landed before."""
    return insert_load(connection, gather(segment for segment in segments if not is_landed(connection, segment)), now)


def is_landed(connection: duckdb.DuckDBPyConnection, segment: Segment) -> bool:
    """Whether these very bytes were landed before: a loader died between its commit and the removal."""
    known = connection.execute("SELECT checksum FROM segments WHERE segment = ?", [segment.name]).fetchall()
    return known == [(segment.checksum,)]


def insert_load(connection: duckdb.DuckDBPyConnection, load: Load, now: datetime) -> Landing:
    """Insert a load; if it is refused as a whole, quarantine the lines that are to blame and insert the rest."""
    if not load.segments:
        return Landing()
    n_records = sum(load.n_records.values())
    try:
        inserted, settled = insert_all(connection, load, now)
    except (duckdb.DataError, duckdb.IntegrityError, duckdb.ProgrammingError, pa.ArrowInvalid):
        sift_load(connection, load)
        inserted, settled = insert_all(connection, load, now)
    kept = sum(len(payloads) for payloads in load.payloads.values())
    return Landing(
        segments=len(load.segments),
        records=n_records,
        inserted=inserted,
        settled=settled,
        duplicates=kept - inserted - settled,
        quarantined=len(load.refused),
        torn=tuple(load.torn),
    )


def sift_load(connection: duckdb.DuckDBPyConnection, load: Load) -> None:
    """Move the lines that can't be facts from the load's payloads to its refused lines."""
    for kind, lines in load.payloads.items():
        payloads = lines.to_pylist()
        sifted = sift(connection, kind, payloads)
        for position, reason in sifted.reasons.items():
            segment, number = load.place_of(kind, position)
            load.refused.append((segment, Refused(number, readable(payloads[position]), reason)))
        load.payloads[kind] = lines_of(list(sifted.good.values()))


def insert_all(connection: duckdb.DuckDBPyConnection, load: Load, now: datetime) -> tuple[int, int]:
    """Insert a load's facts, its refused lines and its segments' names in one transaction; returns new and settled."""
    stage_all(connection, load.payloads)
    kinds = [kind for kind in INSERT_ORDER if len(load.payloads[kind])]
    connection.execute("BEGIN")
    try:
        with totals_kept(connection) if CALL_OF.keys() & kinds else nullcontext():
            counts = [insert_facts(connection, kind) for kind in kinds]
        insert_table(connection, "quarantine", "refused", refused_table(load), now)
        insert_table(connection, "segment", "landed", landed_table(load), now)
        connection.execute("COMMIT")
    except duckdb.Error:
        with suppress(duckdb.Error):  # a full disk may have ended the transaction already; the first error counts
            connection.execute("ROLLBACK")
        raise
    return sum(new for new, _ in counts), sum(changed for _, changed in counts)


def insert_table(connection: duckdb.DuckDBPyConnection, name: str, source: str, rows: pa.Table, now: datetime) -> None:
    """Run one insert that reads the Arrow table `source`."""
    connection.register(source, rows)
    connection.execute(sql_text("inserts", name), {"landed_at": now})
    connection.unregister(source)


def total(landings: Sequence[Landing], *, is_published: bool) -> Landing:
    """The sum of several batches' landings."""
    return Landing(
        segments=sum(landing.segments for landing in landings),
        records=sum(landing.records for landing in landings),
        inserted=sum(landing.inserted for landing in landings),
        settled=sum(landing.settled for landing in landings),
        duplicates=sum(landing.duplicates for landing in landings),
        quarantined=sum(landing.quarantined for landing in landings),
        torn=tuple(name for landing in landings for name in landing.torn),
        is_published=is_published,
    )
