"""A run's money: reserved at the worst case before a call starts, settled to the real cost after."""

from __future__ import annotations

import threading
from decimal import Decimal


class Budget:
    """The money of one run, shared by all its calls in this process; `limit_usd` None is no limit.

    Reservations count as spent until they are settled, so the limit holds under any concurrency.
    """

    def __init__(self, limit_usd: Decimal | None, *, spent_usd: Decimal = Decimal(0)) -> None:
        self.limit_usd = limit_usd
        self._committed_usd = spent_usd
        self._lock = threading.Lock()

    @property
    def remaining_usd(self) -> Decimal | None:
        """What is neither spent nor reserved; None without a limit."""
        with self._lock:
            return None if self.limit_usd is None else self.limit_usd - self._committed_usd

    def reserve(self, worst_case_usd: Decimal | None) -> bool:
        """Set the worst case aside; False where it does not fit, or is unknown while there is a limit."""
        with self._lock:
            if self.limit_usd is None:
                self._committed_usd += worst_case_usd or 0
                return True
            if worst_case_usd is None or self._committed_usd + worst_case_usd > self.limit_usd:
                return False
            self._committed_usd += worst_case_usd
            return True

    def settle(self, reserved_usd: Decimal | None, cost_usd: Decimal | None) -> None:
        """Replace a reservation by the real cost; an unknown cost keeps the whole reservation."""
        if cost_usd is not None:
            with self._lock:
                self._committed_usd += cost_usd - (reserved_usd or 0)

    def change_limit(self, limit_usd: Decimal | None) -> None:
        """Set another limit; what is spent and reserved stays."""
        with self._lock:
            self.limit_usd = limit_usd
