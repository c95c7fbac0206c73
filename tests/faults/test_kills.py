"""kill -9 at random moments of each phase, of real processes: the ledger and the provider's own account agree."""

from __future__ import annotations

from pathlib import Path

from tests.faults.children import Nursery
from tests.faults.siege import PHASES, besiege

KILLS_PER_PHASE = 8  # 40 in all; `make faults` has 200


def test_whatever_is_killed_when_nothing_acknowledged_is_lost_and_every_request_is_accounted_for_once(
    processes: Nursery, tmp_path: Path
) -> None:
    struck, found = besiege(tmp_path, processes, n_per_phase=KILLS_PER_PHASE, seed=1)
    assert struck == dict.fromkeys(PHASES, KILLS_PER_PHASE)
    assert found.complaints == []
    assert (found.n_lost, found.n_duplicates) == (0, 0)
    assert found.ledger_usd + found.unsettled_usd == found.provider_usd
    assert found.unsettled_usd <= found.reserved_usd
    assert found.n_attempts - found.n_open <= found.n_requests <= found.n_attempts
    # Without these the test would have shown nothing.
    assert found.n_acknowledged > 1_000
    assert found.n_unknown > KILLS_PER_PHASE
