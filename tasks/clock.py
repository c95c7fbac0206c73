"""The clocks of the edge; everything inside takes the time as an argument."""

from __future__ import annotations

import time
from datetime import UTC, datetime

clock_s = time.monotonic


def now() -> datetime:
    """The time now, aware, in UTC."""
    return datetime.now(UTC)
