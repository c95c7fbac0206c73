"""Finding which lines of a batch can't be facts. Slow, and only used once a batch has been refused as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import duckdb
import pyarrow as pa
from pydantic import TypeAdapter, ValidationError

from warehouse.damage import one_line
from warehouse.records import KINDS, Record
from warehouse.segments import payload_of
from warehouse.staging import insert_facts, lines_of, register_lines, stage, stage_all


@dataclass(frozen=True, slots=True)
class Sifted:
    """The payloads that are good, and the reasons of those that are not, by their position in what was sifted."""

    good: Mapping[int, bytes]
    reasons: Mapping[int, str]


def sift(connection: duckdb.DuckDBPyConnection, kind: str, payloads: Sequence[bytes]) -> Sifted:
    """Part a kind's payloads: first against the record's types, then by trial inserts that are rolled back.

    Records of an older version, without fields that have defaults since, are completed.
    """
    good: dict[int, bytes] = {}
    reasons: dict[int, str] = {}
    for position, payload in enumerate(payloads):
        try:
            good[position] = payload_of(read_record(kind, payload))
        except ValidationError as error:
            reasons[position] = sentence_of(error)
    for position, reason in find_refused(connection, kind, good).items():
        reasons[position] = reason
        del good[position]
    return Sifted(good, reasons)


def read_record(kind: str, payload: bytes) -> Record:
    """A payload as its record; raises pydantic's `ValidationError`."""
    return adapter_of(kind).validate_json(payload)


@cache
def adapter_of(kind: str) -> TypeAdapter[Record]:
    """What validates a kind's payloads."""
    return TypeAdapter(KINDS[kind])


def find_refused(connection: duckdb.DuckDBPyConnection, kind: str, good: Mapping[int, bytes]) -> dict[int, str]:
    """The positions whose insert the ledger refuses, found by halving, with DuckDB's reason.

    Raises `duckdb.Error` if even an insert of nothing is refused: then the ledger's schema is to blame, not a record.
    """
    refused: dict[int, str] = {}
    stage_all(connection, {})
    try_insert(connection, kind, ())
    pending = [list(good)]
    while pending:
        positions = pending.pop()
        reason = refusal(connection, kind, [good[position] for position in positions])
        if reason is None:
            continue
        if len(positions) == 1:
            refused[positions[0]] = reason
        else:
            middle = len(positions) // 2
            pending += [positions[:middle], positions[middle:]]
    return refused


def refusal(connection: duckdb.DuckDBPyConnection, kind: str, payloads: Sequence[bytes]) -> str | None:
    """Why the ledger refuses these payloads together, or None; nothing is kept."""
    try:
        try_insert(connection, kind, payloads)
    except (duckdb.Error, pa.ArrowInvalid) as error:
        return one_line(error)
    return None


def try_insert(connection: duckdb.DuckDBPyConnection, kind: str, payloads: Sequence[bytes]) -> None:
    """Insert payloads and roll back; raises `duckdb.Error` where the ledger refuses them."""
    register_lines(connection, kind, lines_of(payloads))
    stage(connection, kind)
    connection.execute("BEGIN")
    try:
        insert_facts(connection, kind)
    finally:
        connection.execute("ROLLBACK")


def sentence_of(error: ValidationError) -> str:
    """Pydantic's first complaint as one line that names the field."""
    details = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(str(part) for part in details["loc"])
    return f"{field}: {details['msg']}" if field else str(details["msg"])
