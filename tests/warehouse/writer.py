"""A real writer process for the kill tests: it prints the number of each call once its records are durable.

`python writer.py ROOT PREFIX`: writes calls without end, three threads of them, until it is killed.
"""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from warehouse.home import Home
from warehouse.records import Intent, Outcome
from warehouse.spool import Spool

STARTED = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
BLANK = Intent(
    "", "", "d", "run-1", "i", "s", "generate", "m", "e", "p", 1, False, None, "p1", Decimal(1), "h", None, STARTED
)


def write(spool: Spool, prefix: str) -> None:
    for n in range(1_000_000):
        name = f"{prefix}-{n}"
        intent = replace(BLANK, attempt_id=name, call_id=name)
        spool.append(intent).result()
        os.write(1, f"intent {name}\n".encode())  # in one piece, whatever other threads print
        outcome = Outcome(
            intent, "ok", None, None, 1, 1, 0, Decimal("0.000001"), "priced", 0.1, 0.0, STARTED, "x" * 200
        )
        spool.append(outcome).result()
        os.write(1, f"outcome {name}\n".encode())  # in one piece, whatever other threads print


if __name__ == "__main__":
    with Spool(Home(Path(sys.argv[1])), max_segment_bytes=20_000, max_segment_age_s=0.05) as shared:
        threads = [threading.Thread(target=write, args=(shared, f"{sys.argv[2]}-{k}")) for k in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
