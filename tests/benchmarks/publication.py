"""A copy put in place by rename, beside Parquet files under a file of views: `python -m tests.benchmarks.publication`.

Both get the same 100,000 records (25,000 calls), parsed already: looked up by the calls' keys, added, made visible. The
copy is the ledger's own code. The Parquet files are zstd, by table and UTC day; a land adds a file to each table, and a
file of views over all of them takes the place of the one before by rename.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import duckdb

from tests.benchmarks.large_ledger.building import FACTS, copied_home, made_home, parser_of, scratch
from tests.benchmarks.large_ledger.figures import Figure, median_of, report, seconds_of
from tests.benchmarks.large_ledger.new_records import spool_new
from warehouse.home import Home
from warehouse.landing import land
from warehouse.ledger import hold_ledger
from warehouse.publishing import publish

N_NEW = 100_000
STARTED = {"decisions": "decided_at", "attempts": "started_at", "scores": "scored_at"}
QUERIES = {
    "cost by model and day": (
        "SELECT started_at::DATE, model, sum(cost_usd), sum(input_tokens) FROM attempts GROUP BY ALL"
    ),
    "p95 latency by model": "SELECT model, quantile_cont(latency_s, 0.95) FROM attempts GROUP BY model",
    "quality by model": (
        "SELECT model, avg(score) FROM attempts JOIN scores USING (call_key, call_id) "
        "WHERE run_id = 'run-2026-0120' GROUP BY model"
    ),
    "one call by its id": (
        "SELECT attempts.* FROM attempts WHERE call_key = call_key_of(md5('call7')) AND call_id = md5('call7')"
    ),
}
MACRO = "CREATE MACRO call_key_of(call_id) AS (md5_number_lower(call_id) & 4294967295)::UINTEGER"


def query_figures(what: str, path: Path) -> Iterator[Figure]:
    """The same queries, on a file newly opened each time."""
    for name, sql in QUERIES.items():

        def ask(sql: str = sql) -> object:
            with duckdb.connect(path, read_only=True, config={"threads": 2}) as connection:
                return connection.execute(sql).fetchall()

        yield median_of(f"{what}: {name}", ask)


def take_new(made: Home) -> Path:
    """The facts of the new records as a file, landed once for that."""
    home, path = copied_home(Home(made.root), "taken"), scratch() / "new.duckdb"
    path.unlink(missing_ok=True)
    spool_new(home, N_NEW)
    land(home)
    with duckdb.connect(path) as connection:
        connection.execute(f"ATTACH '{home.published}' AS landed (READ_ONLY)")
        for table in FACTS:
            where = "call_id IN (SELECT call_id FROM landed.attempts WHERE run_id = 'run-new')"
            connection.execute(f"CREATE TABLE {table} AS FROM landed.{table} WHERE {where}")
    shutil.rmtree(home.root)
    return path


def copy_figures(made: Home, new: Path) -> Iterator[Figure]:
    """The ledger and its copy."""
    home = copied_home(made, "copied")
    try:
        for which in ("first time", "second time", "third time"):
            yield seconds_of(f"copy: land, {which}", lambda: land_copy(home, new))
            with hold_ledger(home):
                yield seconds_of(f"copy: publish, {which}", lambda: publish(home))
        files = [path for pattern in ("*.duckdb", "*.retired") for path in home.root.glob(pattern)]
        n_bytes = sum(path.stat().st_size for path in files)
        yield Figure("copy: disk, ledger and published and retired file", n_bytes / 1e9, "GB")
        yield Figure("copy: disk, published file", home.published.stat().st_size / 1e9, "GB")
        yield from query_figures("copy", home.published)
    finally:
        shutil.rmtree(home.root)


def land_copy(home: Home, new: Path) -> None:
    """Look new facts up in the ledger, insert them, checkpoint."""
    with duckdb.connect(home.ledger, config={"threads": 2}) as connection:
        connection.execute("SET checkpoint_threshold = '1TB'")
        connection.execute(f"ATTACH '{new}' AS new (READ_ONLY)")
        connection.execute("BEGIN")
        for table in FACTS:
            known = f"SELECT rowid FROM {table} WHERE call_key IN (SELECT call_key FROM new.{table})"
            connection.execute(f"CREATE OR REPLACE TEMP TABLE known AS {known}")
            connection.execute(f"INSERT INTO {table} BY NAME FROM new.{table}")
        connection.execute("COMMIT")
        connection.execute("CHECKPOINT")


def parquet_figures(made: Home, new: Path) -> Iterator[Figure]:
    """Immutable files and a file of views."""
    root = scratch() / "parquet"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    try:
        yield seconds_of("Parquet: all files made once", lambda: make_files(made, root))
        publish_views(root)
        for number, which in enumerate(("first time", "second time", "third time")):
            yield seconds_of(f"Parquet: land, {which}", lambda number=number: land_files(root, new, number))
            yield seconds_of(f"Parquet: publish, {which}", lambda: publish_views(root))
        yield seconds_of("Parquet: one day's attempts rewritten for an outcome", lambda: rewrite_day(root))
        yield Figure("Parquet: disk", sum(path.stat().st_size for path in root.rglob("*.parquet")) / 1e9, "GB")
        yield from query_figures("Parquet", root / "views.duckdb")
    finally:
        shutil.rmtree(root)


def make_files(made: Home, root: Path) -> None:
    """Every table as files by UTC day."""
    with duckdb.connect(made.published, read_only=True, config={"threads": 2}) as connection:
        connection.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = false; SET memory_limit = '6GB'")
        connection.execute("SET partitioned_write_max_open_files = 100")
        for table in FACTS:
            select = f"SELECT *, {STARTED[table]}::DATE AS day FROM {table}"
            connection.execute(
                f"COPY ({select}) TO '{root / table}' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (day))"
            )


def land_files(root: Path, new: Path, number: int) -> None:
    """Look new facts up in the files, and add one file to each table."""
    with duckdb.connect(new, read_only=True, config={"threads": 2}) as connection:
        for table in FACTS:
            files = f"read_parquet('{root}/{table}/*/*.parquet')"
            known = f"SELECT call_key FROM {files} WHERE call_key IN (SELECT call_key FROM {table})"
            connection.execute(f"CREATE OR REPLACE TEMP TABLE known AS {known}")
            path = root / table / "day=2026-11-24" / f"land-{number}.parquet"
            path.parent.mkdir(exist_ok=True)
            connection.execute(f"COPY {table} TO '{path}' (FORMAT parquet, COMPRESSION zstd)")


def publish_views(root: Path) -> None:
    """Put a file of views over the files that there are in place."""
    partial = root / "views.partial"
    partial.unlink(missing_ok=True)
    with duckdb.connect(partial) as connection:
        connection.execute(MACRO)
        for table in FACTS:
            files = sorted(str(path) for path in (root / table).rglob("*.parquet"))
            connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet({files})")
    partial.replace(root / "views.duckdb")


def rewrite_day(root: Path) -> None:
    """What an outcome of an attempt that landed as an intent takes: its day's files written anew."""
    day = sorted((root / "attempts").iterdir())[45]
    with duckdb.connect(config={"threads": 2}) as connection:
        select = f"SELECT * EXCLUDE (day) FROM read_parquet('{day}/*.parquet')"
        connection.execute(f"COPY ({select}) TO '{day}/new' (FORMAT parquet, COMPRESSION zstd)")
    (day / "new").unlink()


def main() -> int:
    """Measure, print the table and the JSON line."""
    arguments = parser_of(__doc__).parse_args()
    made = made_home(arguments.calls, with_texts=arguments.texts)
    new = take_new(made)
    return report("publication", chain(copy_figures(made, new), parquet_figures(made, new)))


if __name__ == "__main__":
    sys.exit(main())
