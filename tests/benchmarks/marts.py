"""Marts, `explain` and a land of 100,000 records on a ledger of ten million calls: `python -m tests.benchmarks.marts`.

Marts of a row per attempt, charge or answer are as long as the ledger; they are asked for one run and for one day,
as bills and traces are, and with `--all-rows` for all of them, without a bar. Everything runs in two threads.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from itertools import chain

import duckdb

from tests.benchmarks.large_ledger.building import FACTS, copied_home, made_home, parser_of
from tests.benchmarks.large_ledger.figures import Figure, median_of, report, seconds_of
from tests.benchmarks.large_ledger.new_records import spool_new
from warehouse.evidence import evidence_of
from warehouse.home import Home
from warehouse.landing import land
from warehouse.query import list_marts, open_published, query
from warehouse.sql import sql_text

# Of marts that are as long as the ledger: how a run and a day are picked.
LONG = {
    "answers": ("run_id", None),  # of a day they take as long as all of them
    "credited_answers": ("run_id", None),
    "focus_charges": ('"x_RunId"', '"x_StartedAt"'),
    "otel_calls": ('"pointsman.run.id"', "start_time"),
    "repriced": ("run_id", None),
    "uncosted_attempts": ("run_id", "started_at"),
}
DAY = "TIMESTAMPTZ '2026-10-15 00:00:00+00'"
RUN = "'run-2026-0120'"
N_NEW = 100_000
MART_BAR_S, SIZE_BAR_GB, EXPLAIN_BAR_S, LAND_BAR_S = 1.0, 1.5, 0.05, 3.0


def mart_figures(home: Home, *, with_all_rows: bool) -> Iterator[Figure]:
    """Seconds of each mart, read to its last row and column."""
    with duckdb.connect(home.published, read_only=True, config={"threads": 2}) as connection:
        connection.execute("SET TimeZone = 'UTC'")

        def read(name: str, relation: str) -> Figure:
            sql = f"SELECT count(COLUMNS(*)) FROM {relation}"
            return median_of(name, lambda: connection.execute(sql).fetchall(), bar=MART_BAR_S)

        for mart in list_marts():
            if mart not in LONG:
                yield read(f"mart {mart}", mart)
                continue
            run, started = LONG[mart]
            yield read(f"mart {mart}, one run", f"{mart} WHERE {run} = {RUN}")
            if started:
                day = f"{started} >= {DAY} AND {started} < {DAY} + INTERVAL 1 DAY"
                yield read(f"mart {mart}, one day", f"{mart} WHERE {day}")
            if with_all_rows:
                sql = f"SELECT count(COLUMNS(*)) FROM {mart}"
                yield seconds_of(f"mart {mart}, all rows, once", lambda sql=sql: connection.execute(sql).fetchall())


def size_figures(home: Home) -> Iterator[Figure]:
    """The published file, and what its large tables would take without the others, in GB (1e9 bytes)."""
    yield Figure("file, all facts and totals", home.published.stat().st_size / 1e9, "GB", SIZE_BAR_GB)
    with duckdb.connect(home.published, read_only=True) as connection:
        for table in FACTS:
            [(n_columns, n_bytes)] = connection.execute(
                "SELECT count(DISTINCT column_id), count(DISTINCT block_id) * 262144 FROM pragma_storage_info(?) "
                "WHERE block_id >= 0",
                [table],
            ).fetchall()
            bar = SIZE_BAR_GB if table == "attempts" else None
            yield Figure(f"blocks of {table}, {n_columns} columns", n_bytes / 1e9, "GB", bar)


def explain_figures(home: Home) -> Iterator[Figure]:
    """What `explain` reads of one call: its three queries on a file that is open, and from opening it on."""
    [(call_id,)] = query(home, "SELECT call_id FROM attempts LIMIT 1 OFFSET (SELECT count(*) // 2 FROM attempts)").rows
    texts = [sql_text("reads", name) for name in ("decisions_of", "attempts_of", "scores_of")]
    with open_published(home) as connection:
        yield median_of(
            "explain of one call, file open",
            lambda: [connection.execute(sql, {"call_id": call_id}).fetchall() for sql in texts],
            n=7,
            bar=EXPLAIN_BAR_S,
        )
    yield median_of("explain of one call, opened anew", lambda: evidence_of(home, str(call_id)), n=7)


def land_figures(made: Home, n_lands: int) -> Iterator[Figure]:
    """Landing new records into a copy, again and again, the copy's first land left out: it makes the third file."""
    home = copied_home(made, "landed")
    try:
        for number in range(n_lands):
            spool_new(home, N_NEW, run_id=f"run-new-{number}")
            which = "first" if number == 0 else f"land {number + 1}"
            name, bar = f"land of {N_NEW:,} records, published, {which}", LAND_BAR_S if number else None
            yield seconds_of(name, lambda: land(home), bar=bar)
        files = [path for pattern in ("*.duckdb", "*.retired") for path in home.root.glob(pattern)]
        yield Figure(
            "ledger, published and retired file on disk", sum(path.stat().st_size for path in files) / 1e9, "GB"
        )
    finally:
        shutil.rmtree(home.root)


def main() -> int:
    """Measure, print the table and the JSON line; 1 if a bar fails."""
    parser = parser_of(__doc__)
    parser.add_argument("--all-rows", action="store_true", help="Also all rows of marts as long as the ledger.")
    parser.add_argument("--lands", type=int, default=4, help="Lands of new records, the first of which has no bar.")
    arguments = parser.parse_args()
    home = made_home(arguments.calls, with_texts=arguments.texts)
    return report(
        "marts",
        chain(
            size_figures(home),
            explain_figures(home),
            mart_figures(home, with_all_rows=arguments.all_rows),
            land_figures(home, arguments.lands),
        ),
    )


if __name__ == "__main__":
    sys.exit(main())
