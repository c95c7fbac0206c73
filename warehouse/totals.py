"""Tables of sums over calls, which marts read in place of millions of facts, kept up to date by every land.

Each is defined once, in `warehouse/totals/NAME.sql`, as the table macro `NAME_of(attempts, scores, decisions)` over
relations of those names. The table is the macro of all facts. A land changes it by the macro of the facts of the calls
that it touches, taken away as they were before and added as they are afterwards; all sums are of whole numbers or
DECIMAL, so the result is exactly what the macro of all facts would give. The query `audit_totals` says where
it is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import duckdb

from warehouse.mart_descriptions import column_comments
from warehouse.sql import grain_of, sql_names, sql_text

ALL_FACTS = ("attempts", "scores", "decisions")
KEY_TYPES = (
    "VARCHAR",
    "DATE",
    "TIMESTAMP WITH TIME ZONE",
    "BOOLEAN",
)  # of the columns that a total is by; all others are sums


def create_total(name: str) -> str:
    """The SQL that defines a total and computes it from all facts."""
    grain = grain_of(sql_text("totals", name)).replace("'", "''")
    parameters = ", ".join(f"{table}_name" for table in ALL_FACTS)
    return (
        f"CREATE OR REPLACE MACRO {name}_of({parameters}) AS TABLE\n{sql_text('totals', name)};\n"
        f"{compute_total(name)};\n"
        f"COMMENT ON TABLE {name} IS '{grain}';\n{column_comments(name)}"
    )


def compute_total(name: str) -> str:
    """The SQL that computes a total anew from all facts."""
    return f"CREATE OR REPLACE TABLE {name} AS FROM {of_facts(name, prefix='')}"


def of_facts(name: str, *, prefix: str) -> str:
    """A call of a total's macro on the facts, or on relations whose names have a prefix."""
    relations = ", ".join(f"'{prefix}{table}'" for table in ALL_FACTS)
    return f"{name}_of({relations})"


@contextmanager
def totals_kept(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Within a transaction: keep every total true to what the body inserts and changes of the touched calls."""
    for table in ALL_FACTS:
        [(last,)] = connection.execute(f"SELECT coalesce(max(rowid), -1) FROM {table}").fetchall()  # noqa: S608
        known = f"SELECT * FROM {table} WHERE rowid IN (SELECT place FROM known_{table})"  # noqa: S608
        new = f"SELECT * FROM {table} WHERE rowid > {last:d}"  # noqa: S608
        connection.execute(f"CREATE OR REPLACE TEMP VIEW touched_{table} AS {known} UNION ALL {new}")
    [(n_known,)] = connection.execute(sql_text("loading", "n_known")).fetchall()
    if n_known:  # of nothing there are no old sums
        for name in sql_names("totals"):
            connection.execute(f"CREATE OR REPLACE TEMP TABLE old_{name} AS FROM {of_facts(name, prefix='touched_')}")
    yield
    columns = columns_of_totals(connection)
    for name in sql_names("totals"):
        change_total(connection, name, columns=columns[name], has_old=n_known > 0)


def change_total(
    connection: duckdb.DuckDBPyConnection, name: str, *, columns: Mapping[str, str], has_old: bool
) -> None:
    """Take the old sums of the touched calls away from a total, and add the new ones; rows of nothing are removed."""
    keys = [column for column, kind in columns.items() if kind in KEY_TYPES]
    sums = [column for column in columns if column not in keys]
    listed, all_sums = ", ".join(keys), f"COLUMNS(* EXCLUDE ({', '.join(keys)}))"
    changed = f"FROM {of_facts(name, prefix='touched_')}"
    if has_old:
        both = f"{changed} UNION ALL SELECT {listed}, -{all_sums} FROM old_{name}"  # noqa: S608
        changed = f"SELECT {listed}, sum({all_sums}) FROM ({both}) GROUP BY ALL"  # noqa: S608
    connection.execute(f"CREATE OR REPLACE TEMP TABLE changed_{name} AS {changed}")
    is_same = " AND ".join(f"{name}.{key} IS NOT DISTINCT FROM changed_{name}.{key}" for key in keys)
    count = sums[0]  # the first sum counts what the others add up over
    changes = ", ".join(f"{column} = {name}.{column} + changed_{name}.{column}" for column in sums)
    connection.execute(
        f"MERGE INTO {name} USING changed_{name} ON {is_same} "
        f"WHEN MATCHED AND {name}.{count} + changed_{name}.{count} = 0 THEN DELETE "
        f"WHEN MATCHED THEN UPDATE SET {changes} "
        f"WHEN NOT MATCHED AND changed_{name}.{count} <> 0 THEN INSERT BY NAME"
    )


def columns_of_totals(connection: duckdb.DuckDBPyConnection) -> Mapping[str, Mapping[str, str]]:
    """The columns of every total with their types, in order: asked for at once, as the catalogue takes its time."""
    found: dict[str, dict[str, str]] = {name: {} for name in sql_names("totals")}
    rows = connection.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE table_name IN ? ORDER BY column_index",
        [list(found)],
    ).fetchall()
    for table, column, kind in rows:
        found[table][column] = kind
    return found
