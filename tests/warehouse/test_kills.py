"""Real processes, killed for real: whatever was acknowledged is in the ledger once, nothing is there twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from policies.errors import WorkFailedError
from warehouse.home import Home
from warehouse.landing import land
from warehouse.locks import locked
from warehouse.query import query

WRITER = Path(__file__).with_name("writer.py")
LANDER = "import sys; from pathlib import Path; from warehouse.home import Home; from warehouse.landing import land; {}"
LAND_FOR_EVER = LANDER.format("print(flush=True)\nwhile True: land(Home(Path(sys.argv[1])))")


def started(arguments: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE, text=True)


def run_and_kill(arguments: list[str], *, after_s: float) -> list[str]:
    """Start a process, kill it `after_s` after its first line; the complete lines that it printed."""
    with started(arguments) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(after_s)
        process.send_signal(signal.SIGKILL)
        printed = first + process.stdout.read()
    assert process.returncode == -signal.SIGKILL
    return printed.split("\n")[:-1]


def test_no_acknowledged_record_is_lost_or_doubled_when_writers_are_killed(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    dice = random.Random(1)
    intents, outcomes = set(), set()
    for round_ in range(6):
        lines = run_and_kill([str(WRITER), str(home.root), f"r{round_}"], after_s=dice.uniform(0.0, 0.3))
        intents |= {line.split()[1] for line in lines if line.startswith("intent ")}
        outcomes |= {line.split()[1] for line in lines if line.startswith("outcome ")}
        if round_ % 2:
            land(home)
    land(home)
    rows = query(home, "SELECT attempt_id, status FROM attempts").rows
    landed = dict(rows)
    assert len(intents) > 100
    assert len(rows) == len(landed)
    assert intents <= landed.keys()
    assert outcomes <= {name for name, status in rows if status == "ok"}
    assert query(home, "SELECT count(*) FROM quarantine").rows == [(0,)]
    assert not list(home.spool.iterdir())


def test_no_record_is_lost_or_doubled_when_loaders_are_killed(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    dice = random.Random(2)
    outcomes: set[str] = set()
    for round_ in range(6):
        writer = started([str(WRITER), str(home.root), f"r{round_}"])
        assert writer.stdout is not None
        writer.stdout.readline()
        run_and_kill(["-c", LAND_FOR_EVER, str(home.root)], after_s=dice.uniform(0.0, 0.4))
        writer.kill()
        outcomes |= {line.split()[1] for line in writer.stdout.read().split("\n")[:-1] if line.startswith("outcome ")}
        writer.stdout.close()
        writer.wait()
    land(home)
    rows = query(home, "SELECT attempt_id, status FROM attempts").rows
    assert len(outcomes) > 100
    assert len(rows) == len(dict(rows))
    assert outcomes <= {name for name, status in rows if status == "ok"}
    assert (
        query(home, "SELECT sum(cost_usd), count(*) FILTER (WHERE status = 'ok') FROM attempts").rows[0][0] is not None
    )
    assert query(home, "SELECT count(*) FROM quarantine").rows == [(0,)]


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
