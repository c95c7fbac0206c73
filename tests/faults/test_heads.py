"""Rule 3 of docs/decisions/0001: the ledger's head is compared from before the open and under DuckDB's lock."""

from __future__ import annotations

import shutil

import duckdb
import pytest

from tests.faults.children import Nursery
from tests.faults.shim import stop_before_lock
from warehouse.file_header import read_head
from warehouse.home import Home
from warehouse.query import query

BEGUN = (
    "CREATE TABLE numbers AS SELECT range AS n FROM range(1_000_000)",
    "CREATE TABLE ballast AS SELECT hash(range)::VARCHAR AS text FROM range(300_000)",
    "CHECKPOINT",
    "DROP TABLE ballast",
    "CHECKPOINT",
)
COMMIT = "CREATE TABLE foreigners AS SELECT 1 AS one"


# An old head upon a file that is as long can be opened; upon one that has become shorter it looks like damage.
@pytest.mark.parametrize("change", [COMMIT, f"{COMMIT}; UPDATE numbers SET n = n + 1"], ids=["as long", "shorter"])
def test_what_a_foreign_process_commits_between_the_read_of_the_head_and_the_lock_is_not_overwritten(
    nursery: Nursery, tmp_path, change: str
) -> None:
    home = Home(tmp_path / "home").create()
    with duckdb.connect(home.ledger) as connection:
        for text in BEGUN:
            connection.execute(text)
    shutil.copy(home.ledger, home.published)
    before = read_head(home.ledger), home.ledger.stat().st_size
    loader = nursery.start("change_once", home.root, fault=stop_before_lock(home.root, "ledger.duckdb"))
    loader.await_stop()
    with duckdb.connect(home.ledger) as foreigner:
        foreigner.execute(change)
    assert read_head(home.ledger) != before[0]
    assert (home.ledger.stat().st_size < before[1]) == ("UPDATE" in change)
    loader.thaw()
    assert loader.wait() == 0, nursery.log.read_text()
    assert query(home, "SELECT (SELECT count(*) FROM foreigners), (SELECT count(*) FROM ours)").rows == [(1, 1)]
