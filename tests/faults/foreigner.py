"""A process that is none of ours holds the ledger's write lock: landing waits, writers don't, and nothing is lost."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.children import Nursery
from tests.faults.drills import keys_of, write
from tests.faults.records import records_of, run_started
from tests.faults.tally import Tally
from warehouse.home import Home
from warehouse.landing import land
from warehouse.query import query

HOLD = """
import duckdb, sys
with duckdb.connect(sys.argv[1]) as connection:
    connection.execute("CREATE TABLE foreigners AS SELECT 1 AS one")
    print(flush=True)
    sys.stdin.read()
"""


def hold_the_ledger(folder: Path, nursery: Nursery, *, hold_s: float) -> Tally:
    """Let a foreign process write to the ledger and keep it for some seconds, while calls are written and landed."""
    home = Home(folder / "home")
    write(home, [run_started(), *records_of(range(2))])
    land(home)
    n = 2
    with foreign_process(home):
        loader = nursery.start("land_once", home.root)
        until_s = time.monotonic() + hold_s
        while time.monotonic() < until_s:
            write(home, records_of(range(n, n + 1)))
            n += 1
            assert not loader.has_ended(), nursery.log.read_text()
            assert len(keys_of(home)) == 8, "readers see what was landed before"
            time.sleep(hold_s / 20)
    assert loader.wait() == 0, nursery.log.read_text()
    land(home)
    keys = keys_of(home)
    assert query(home, "SELECT one FROM foreigners").rows == [(1,)]
    return Tally(1, 4 * n, n_lost=4 * n - len(set(keys)), n_duplicates=len(keys) - len(set(keys)))


@contextmanager
def foreign_process(home: Home) -> Iterator[subprocess.Popen[str]]:
    """A process that has the ledger open for writing until its input ends."""
    command = [sys.executable, "-c", HOLD, str(home.ledger)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process
        finally:
            process.stdin.close()
