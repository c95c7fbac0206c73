"""A ledger of any number of calls, made by DuckDB itself from hashes of their numbers, and kept for the next benchmark.

Per call: a decision between three models, about 1.025 attempts (failures, retries, fallbacks, cached and unfinished
ones), 0.79 scores. Texts are left out, as with `store_text: none`, but not the prompts' hashes, nor what it takes to
make decisions again; with `--texts` there are texts as well, about 2 KB a call.
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
from warehouse.ledger import SETTINGS, hold_ledger
from warehouse.migrating import migrate
from warehouse.publishing import publish
from warehouse.sql import sql_names, sql_text
from warehouse.totals import compute_total

HERE = Path(__file__).parent
FACTS = ("decisions", "attempts", "scores")
CHUNK = 500_000
DAY = datetime(2026, 11, 25, tzinfo=UTC)


def parser_of(
    description: str | None, *, n_calls: int = 10_000_000, can_store_texts: bool = True
) -> argparse.ArgumentParser:
    """`--calls`, `--data` and perhaps `--texts` of a benchmark on a large ledger."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--calls", type=int, default=n_calls, help="calls in the ledger")
    if can_store_texts:
        parser.add_argument("--texts", action="store_true", help="store prompts and responses too")
    parser.add_argument("--data", help="not used: this benchmark makes its own ledger")
    return parser


def scratch() -> Path:
    """The folder below the system's temporary one where ledgers are kept; remove it when you like."""
    folder = Path(tempfile.gettempdir()) / f"pointsman-benchmarks-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def made_home(n_calls: int, *, with_texts: bool = False) -> Home:
    """The home of the ledger of so many calls, made where it is missing; not to be changed."""
    sources = "".join(sql_of(path.stem) for path in sorted(HERE.glob("*.sql")))
    sources += "".join(sql_text("migrations", name) for name in sql_names("migrations"))  # which leave holes in a file
    name = f"{n_calls}-{sha256(sources.encode()).hexdigest()[:8]}"
    home = Home(scratch() / (f"{name}-texts" if with_texts else name))
    if not home.published.exists():
        shutil.rmtree(home.root, ignore_errors=True)
        home.create()
        with duckdb.connect(home.ledger) as connection:
            fill(connection, n_calls, with_texts=with_texts)
        with hold_ledger(home):
            publish(home)
    with duckdb.connect(home.ledger) as connection:  # as this code has it, whatever code made it
        migrate(connection, applied_at=DAY)
    with hold_ledger(home):
        publish(home)
    return home


def fill(connection: duckdb.DuckDBPyConnection, n_calls: int, *, with_texts: bool = False) -> None:
    """Make the schema and all facts, in the order of time, then the totals."""
    connection.execute(f"{SETTINGS}; SET threads = 2; SET VARIABLE with_texts = {with_texts}")
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
