"""`pointsman run` itself on a disk that fills up: one clear error, and it goes on when there is space again."""

from __future__ import annotations

import errno
from collections import Counter
from dataclasses import replace
from pathlib import Path

from tests.fakes.processes import N_ITEMS, ONE_PASS, PATIENCE_S, answer, install
from tests.fakes.provider import ScriptedProvider
from tests.faults.tally import Tally
from warehouse.landing import land

NTH_WRITES = (2, 25)
ATTEMPTS = "SELECT item_id, step, count(*), count(*) FILTER (WHERE status = 'ok') FROM attempts GROUP BY ALL"


def starve_the_command(folder: Path, shim: Path) -> Tally:
    """Let a run's spool fail at one of its writes, then give the same command again with space."""
    n_attempts = 0
    for nth in NTH_WRITES:
        with ScriptedProvider(answer=answer) as provider:
            installation = install(folder / f"run-{nth}", provider)
            plan = f"{installation.home.spool}::{nth}:{errno.ENOSPC}:{folder / 'never'}"
            starved = replace(
                installation, variables={**installation.variables, "LD_PRELOAD": str(shim), "FAULT_FAIL": plan}
            )
            assert starved.start().wait(PATIENCE_S) == 1, installation.log
            assert "Traceback" not in installation.log
            last = installation.log.strip().splitlines()[-1]
            assert "records can't be made durable: [Errno 28] No space left on device" in last, installation.log
            n_before = provider.n_requests
            assert installation.start().wait(PATIENCE_S) == 0, installation.log
            n_requests = provider.n_requests
        land(installation.home)
        assert len(installation.outputs.read_text().splitlines()) == N_ITEMS
        by_call = Counter({(item, step): n for item, step, n, _ in installation.rows(ATTEMPTS)})
        assert len(by_call) == ONE_PASS
        assert n_before < n_requests <= by_call.total(), "a request without its attempt"
        assert all(n_ok >= 1 for _, _, _, n_ok in installation.rows(ATTEMPTS))
        n_attempts += by_call.total()
    return Tally(len(NTH_WRITES), n_attempts)
