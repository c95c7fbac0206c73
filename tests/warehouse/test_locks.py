"""One loader at a time, and a foreign process before it: who waits for whom, and what they are told.

That nothing is lost when processes are killed is shown in tests/faults.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from policies.errors import WorkFailedError
from warehouse.home import Home
from warehouse.landing import land
from warehouse.locks import locked


def started(arguments: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE, text=True)


def test_a_dead_loader_s_lock_is_free_at_once_and_a_living_one_s_names_its_owner(tmp_path: Path) -> None:
    home = Home(tmp_path).create()
    hold = (
        "import sys, time; from pathlib import Path; from warehouse.home import Home;"
        "from warehouse.ledger import hold_ledger\n"
        "with hold_ledger(Home(Path(sys.argv[1]))): print(flush=True); time.sleep(60)"
    )
    with started(["-c", hold, str(tmp_path)]) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(WorkFailedError, match=f"locked for 0.1 s by process {holder.pid}"):
            land(home, wait_s=0.1)
        holder.kill()
    land(home, wait_s=0.0)
    assert home.lock.read_text() == f"process {os.getpid()}"


def test_threads_of_one_process_exclude_each_other(tmp_path: Path) -> None:
    with locked(tmp_path / "lock", wait_s=0), pytest.raises(WorkFailedError), locked(tmp_path / "lock", wait_s=0.05):
        pass


def test_a_foreign_process_that_holds_the_ledger_only_delays_landing(tmp_path: Path) -> None:
    home = Home(tmp_path)
    land(home)
    hold = "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print(flush=True); time.sleep(0.5)"
    with started(["-c", hold, str(home.ledger)]) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(WorkFailedError, match="lock"):
            land(home, wait_s=0.0)
        land(home, wait_s=30)
