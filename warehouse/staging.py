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
    "decision",
    "outcome",
    "intent",
    "imported_attempt",
    "imported_usage",
    "score",
    "weights",
    "validation",
)
UPDATES = {"outcome": "settle"}


def stage(connection: duckdb.DuckDBPyConnection, kind: str, payloads: Sequence[bytes]) -> None:
    """Make the temporary table `staged_<kind>` of JSON payloads; raises `duckdb.Error` if one does not fit."""
    lines = pa.table({"payload": pa.array(payloads, pa.string())})
    parsed = "SELECT unnest(from_json_strict(payload, $shape)) FROM lines"
    connection.register("lines", lines)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE staged_{kind} AS {parsed}", {"shape": shape_of(kind)})
    connection.unregister("lines")


def stage_all(connection: duckdb.DuckDBPyConnection, payloads: Mapping[str, Sequence[bytes]]) -> None:
    """Stage every kind; kinds without lines become empty tables, which the inserts may name."""
    needed = {**payloads, "intent": without_outcome(payloads.get("intent", ()), payloads.get("outcome", ()))}
    for kind in KINDS:
        stage(connection, kind, needed.get(kind, ()))


def without_outcome(intents: Sequence[bytes], outcomes: Sequence[bytes]) -> list[bytes]:
    """The intents whose outcome is not among `outcomes`, told by the bytes in front: parsing them all is waste."""
    first, id_at = b'{"intent":', len(b'{"intent":{"attempt_id":"')
    ended = {payload[len(first) : payload.find(b'"', id_at)] for payload in outcomes}
    return [payload for payload in intents if payload[: payload.find(b'"', id_at - len(first))] not in ended]


def insert_facts(connection: duckdb.DuckDBPyConnection, kind: str) -> tuple[int, int]:
    """Insert one kind's staged records by key; returns how many were new, and how many changed a known row."""
    changed = run_counted(connection, UPDATES[kind]) if kind in UPDATES else 0
    return run_counted(connection, kind), changed


def run_counted(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    """Run one insert or update; returns the number of rows that it made or changed."""
    row = connection.execute(sql_text("inserts", name)).fetchone()
    return int(row[0]) if row else 0
