"""Turning checked lines into typed temporary tables, and those into facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa

from warehouse.records import KINDS
from warehouse.shapes import shape_of
from warehouse.sql import sql_text

# Outcomes before intents: an intent whose outcome is here adds nothing.
INSERT_ORDER = (
    "run_started",
    "run_ended",
    "price",
    "policy",
    "decision",
    "outcome",
    "intent",
    "imported_attempt",
    "imported_usage",
    "score",
    "agreement",
    "weights",
    "validation",
    "drift",
)
UPDATES = {"outcome": "settle", "policy": "policy_seen_earlier", "score": "score_again"}
CALL_OF = {  # the kinds that are about a call, and where its id stands
    "decision": "call_id",
    "outcome": "intent.call_id",
    "intent": "call_id",
    "imported_attempt": "call_id",
    "score": "call_id",
    "agreement": "call_id",
}
LOOK_UPS = (
    "touched_calls",
    "likely_attempts",
    "known_attempts",
    "likely_decisions",
    "known_decisions",
    "likely_scores",
    "known_scores",
)
NO_LINES = pa.chunked_array([], pa.binary_view())


def stage_all(connection: duckdb.DuckDBPyConnection, payloads: Mapping[str, pa.ChunkedArray]) -> None:
    """Stage every kind, and look up what the ledger has of the calls that the records are about.

    Kinds about calls become empty tables where they have no lines: the look-ups name them. Raises as `stage` does.
    """
    kinds = [kind for kind in KINDS if kind in CALL_OF or len(payloads.get(kind, NO_LINES))]
    for kind in kinds:
        register_lines(connection, kind, payloads.get(kind, NO_LINES))
    for kind in kinds:
        stage(connection, kind, source=f"({sql_text('loading', 'needed_intents')})" if kind == "intent" else None)
    for name in LOOK_UPS:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql_text('loading', name)}")


def register_lines(connection: duckdb.DuckDBPyConnection, kind: str, payloads: pa.ChunkedArray) -> None:
    """Let DuckDB read JSON payloads as `<kind>_lines`; raises `pa.ArrowInvalid` where one is not UTF-8."""
    connection.register(f"{kind}_lines", pa.table({"payload": payloads.cast(pa.string_view())}))


def stage(connection: duckdb.DuckDBPyConnection, kind: str, *, source: str | None = None) -> None:
    """Make the temporary table `staged_<kind>` of what was registered; raises `duckdb.Error` if a line does not fit."""
    parsed = f"SELECT unnest(from_json_strict(payload, $shape)) FROM {source or f'{kind}_lines'}"  # noqa: S608
    if kind in CALL_OF:
        parsed = f"SELECT *, call_key_of({CALL_OF[kind]}) AS call_key FROM ({parsed})"  # noqa: S608
    connection.execute(f"CREATE OR REPLACE TEMP TABLE staged_{kind} AS {parsed}", {"shape": shape_of(kind)})


def lines_of(payloads: Sequence[bytes]) -> pa.ChunkedArray:
    """Payloads as the loader has them."""
    return pa.chunked_array([pa.array(payloads, pa.binary_view())])


def insert_facts(connection: duckdb.DuckDBPyConnection, kind: str) -> tuple[int, int]:
    """Insert one kind's staged records by key; returns how many were new, and how many changed a known row."""
    changed = run_counted(connection, UPDATES[kind]) if kind in UPDATES else 0
    return run_counted(connection, kind), changed


def run_counted(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    """Run one insert or update; returns the number of rows that it made or changed."""
    row = connection.execute(sql_text("inserts", name)).fetchone()
    return int(row[0]) if row else 0
