"""Imported facts on their way into the ledger: through the spool, as a run of their own, and landed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tasks.ledger import spool_of
from warehouse.home import Home
from warehouse.landing import land
from warehouse.records import Record, RunEnded, RunStarted

CHUNK_RECORDS = 1_000
POLICY = "imported"


@dataclass(frozen=True, slots=True)
class ImportRun:
    """The run that stands for one import of a file: what is new in it, and the bad rows that were skipped."""

    source: str
    file_hash: str
    n_items: int
    n_skipped: int
    started_at: datetime

    @property
    def run_id(self) -> str:
        """The run's name, the same for every import of the same file."""
        return f"import-{self.source}-{self.file_hash[:12]}"

    def start(self) -> RunStarted:
        """The record of its start."""
        return RunStarted(
            run_id=self.run_id,
            job=f"import {self.source}",
            job_hash=self.file_hash,
            policy=POLICY,
            weights_version=None,
            budget_usd=None,
            started_at=self.started_at,
            n_items=self.n_items,
            flow_run_id=None,
        )

    def end(self, ended_at: datetime) -> RunEnded:
        """The record of its end; rows that were skipped count as failed."""
        return RunEnded(self.run_id, "completed", ended_at, self.n_skipped)


def write_import(home: Home, run: ImportRun, records: Iterable[Record], *, ended_at: datetime) -> None:
    """Make an import's records durable in chunks, and land them; raises `WorkFailedError` where the disk refuses.

    An import that is broken off goes on when it is begun again: what was written is known then.
    """
    spool = spool_of(home)
    chunk: list[Record] = [run.start()]
    for record in records:
        chunk.append(record)
        if len(chunk) >= CHUNK_RECORDS:
            spool.append(*chunk).result()
            chunk = []
    spool.append(*chunk, run.end(ended_at)).result()
    spool.seal()
    land(home)


def land_pending(home: Home) -> None:
    """Land what was written before, so that it counts as known; a home that is not there yet is left so."""
    if home.root.exists():
        land(home)


def hash_file(path: Path) -> str:
    """The SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
