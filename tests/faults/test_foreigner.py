"""A foreign process with the ledger's write lock: two seconds here, a minute in `make faults`."""

from __future__ import annotations

from tests.faults.children import Nursery
from tests.faults.foreigner import hold_the_ledger


def test_a_foreign_process_that_holds_the_ledger_delays_landing_alone_and_loses_nothing(
    nursery: Nursery, tmp_path
) -> None:
    assert hold_the_ledger(tmp_path, nursery, hold_s=2).is_good
