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
        self._spent_usd = spent_usd
        self._reserved_usd = Decimal(0)
        self._lock = threading.Lock()

    @property
    def remaining_usd(self) -> Decimal | None:
        """What is neither spent nor reserved; None without a limit."""
        with self._lock:
            return None if self.limit_usd is None else self.limit_usd - self._spent_usd - self._reserved_usd

    @property
    def unspent_usd(self) -> Decimal | None:
        """What is not spent, though it may be reserved; None without a limit."""
        with self._lock:
            return None if self.limit_usd is None else self.limit_usd - self._spent_usd

    def may_fit(self, worst_case_usd: Decimal | None) -> bool:
        """Whether an amount can fit once what is under way is settled: it does if that turns out to cost nothing."""
        unspent_usd = self.unspent_usd
        return unspent_usd is None or (worst_case_usd is not None and worst_case_usd <= unspent_usd)

    def reserve(self, worst_case_usd: Decimal | None) -> bool:
        """Set the worst case aside; False where it does not fit now, or is unknown while there is a limit."""
        with self._lock:
            if self.limit_usd is not None:
                committed_usd = self._spent_usd + self._reserved_usd
                if worst_case_usd is None or committed_usd + worst_case_usd > self.limit_usd:
                    return False
            self._reserved_usd += worst_case_usd or 0
            return True

    def settle(self, reserved_usd: Decimal | None, cost_usd: Decimal | None) -> None:
        """Replace a reservation by the real cost; an unknown cost is taken for the whole reservation."""
        with self._lock:
            reserved = reserved_usd or Decimal(0)
            self._reserved_usd -= reserved
            self._spent_usd += reserved if cost_usd is None else cost_usd

    def change_limit(self, limit_usd: Decimal | None) -> None:
        """Set another limit; what is spent and reserved stays."""
        with self._lock:
            self.limit_usd = limit_usd
