"""The schema as this code makes it: every table, view and column with its comment, read from a fresh ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypeAlias

import duckdb

from warehouse.migrating import migrate
from warehouse.sql import sql_names, sql_text

Kind: TypeAlias = Literal["table", "view", "mart"]
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: DuckDB's type, and what it means ("" where only the name says so)."""

    name: str
    data_type: str
    is_nullable: bool
    meaning: str


@dataclass(frozen=True, slots=True)
class Relation:
    """One table, view or mart; `key` is empty but for tables, `checks` are the conditions that its rows fulfil."""

    name: str
    kind: Kind
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    checks: tuple[str, ...]


def list_relations() -> tuple[Relation, ...]:
    """Every table, view and mart by name, of a ledger in memory that was migrated from nothing."""
    with duckdb.connect(":memory:") as connection:
        migrate(connection, applied_at=LONG_AGO)
        columns = connection.execute(sql_text("reads", "schema_columns")).fetchall()
        checks = connection.execute(sql_text("reads", "schema_checks")).fetchall()
        relations = connection.execute(sql_text("reads", "schema_relations")).fetchall()
    marts = sql_names("marts")
    return tuple(
        Relation(
            name=name,
            kind="mart" if name in marts else kind,
            grain=grain,
            key=tuple(key),
            columns=tuple(Column(*rest) for relation, *rest in columns if relation == name),
            checks=tuple(condition for relation, condition in checks if relation == name),
        )
        for name, kind, grain, key in relations
    )
