"""A ledger of any number of calls, made by DuckDB itself from hashes of their numbers, and kept for the next benchmark.

Per call: a decision between three models, about 1.025 attempts (failures, retries, fallbacks, cached and unfinished
ones), 0.79 scores. Texts are left out, as with `store_text: none`, but not the prompts' hashes.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import duckdb

from warehouse.home import Home
from warehouse.ledger import hold_ledger
from warehouse.migrating import migrate
from warehouse.publishing import publish
from warehouse.sql import sql_names
from warehouse.totals import compute_total

HERE = Path(__file__).parent
FACTS = ("decisions", "attempts", "scores")
CHUNK = 500_000
DAY = datetime(2026, 11, 25, tzinfo=UTC)


def parser_of(description: str | None, *, n_calls: int = 10_000_000) -> argparse.ArgumentParser:
    """`--calls` and `--data` of a benchmark on a large ledger."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--calls", type=int, default=n_calls, help="calls in the ledger")
    parser.add_argument("--data", help="not used: this benchmark makes its own ledger")
    return parser


def scratch() -> Path:
    """The folder below the system's temporary one where ledgers are kept; remove it when you like."""
    folder = Path(tempfile.gettempdir()) / f"pointsman-benchmarks-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def made_home(n_calls: int) -> Home:
    """The home of the ledger of so many calls, made where it is missing; not to be changed."""
    texts = "".join(sql_of(path.stem) for path in sorted(HERE.glob("*.sql")))
    home = Home(scratch() / f"{n_calls}-{sha256(texts.encode()).hexdigest()[:8]}")
    if not home.published.exists():
        shutil.rmtree(home.root, ignore_errors=True)
        home.create()
        with duckdb.connect(home.ledger) as connection:
            fill(connection, n_calls)
        with hold_ledger(home):
            publish(home)
    with duckdb.connect(home.ledger) as connection:  # as this code has it, whatever code made it
        migrate(connection, applied_at=DAY)
    with hold_ledger(home):
        publish(home)
    return home


def fill(connection: duckdb.DuckDBPyConnection, n_calls: int) -> None:
    """Make the schema and all facts, in the order of time, then the totals."""
    connection.execute("SET TimeZone = 'UTC'; SET threads = 2")
    migrate(connection, applied_at=DAY)
    for first in range(0, n_calls, CHUNK):
        n = min(CHUNK, n_calls - first)
        connection.execute(f"SET VARIABLE first = {first:d}; SET VARIABLE n = {n:d}; SET VARIABLE total = {n_calls:d}")
        connection.execute(sql_of("world"))
        for name in FACTS if first else ("runs", *FACTS):
            connection.execute(sql_of(name))
        connection.execute("CHECKPOINT")
    for name in sql_names("totals"):
        connection.execute(compute_total(name))


def copied_home(home: Home, name: str) -> Home:
    """A copy that may be changed; the caller removes it."""
    copy = Home(scratch() / name)
    shutil.rmtree(copy.root, ignore_errors=True)
    copy.create()
    for path in (home.ledger, home.published):
        shutil.copyfile(path, copy.root / path.name)
    return copy


def sql_of(name: str) -> str:
    """The text of an SQL file beside this one."""
    return (HERE / f"{name}.sql").read_text("utf-8")
