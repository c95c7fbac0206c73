"""Names of columns: which DuckDB takes for one, and how those that stand twice are numbered, held against DuckDB."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.column_names import distinct_names, same_names

NAMES = st.lists(st.sampled_from(["a", "A", "a_1", "A_1", "a_2", "b", "é", "É", "ß", "SS", "a_1_1"]), min_size=1)


@given(names=NAMES)
@settings(deadline=None, max_examples=150)
def test_names_are_numbered_as_in_a_table_that_duckdb_makes(names: list[str]) -> None:
    columns = ", ".join(f'{n} AS "{name}"' for n, name in enumerate(names))
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t AS SELECT {columns}")
        made = [row[0] for row in connection.execute("SELECT column_name FROM (DESCRIBE t)").fetchall()]
    assert list(distinct_names(names)) == made
    assert (same_names(names) is None) == (made == names)


@pytest.mark.parametrize(
    ("names", "expected"),
    [([], None), (["a", "b"], None), (["a", "b", "a"], ("a", "a")), (["x", "aB", "Ab"], ("aB", "Ab"))],
)
def test_the_first_name_that_stands_twice_is_found(names: list[str], expected: tuple[str, str] | None) -> None:
    assert same_names(names) == expected
