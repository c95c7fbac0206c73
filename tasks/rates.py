"""At most so many requests, or tokens, in any minute."""

from __future__ import annotations

import math

from pyrate_limiter import InMemoryBucket, Rate, RateItem

MINUTE_S = 60
# A window keeps one entry per unit, so that a limit of millions of tokens is counted in units of several.
MOST_UNITS = 10_000


class Window:
    """A limit over any 60 s, by a log of what was taken: exact for requests, within 0.01 % of the limit for tokens.

    Times are monotonic seconds.
    """

    def __init__(self, limit: int) -> None:
        self._unit = max(1, math.ceil(limit / MOST_UNITS))
        self._n_units = max(1, limit // self._unit)
        self._bucket = InMemoryBucket([Rate(self._n_units, MINUTE_S * 1_000)])
        self._owed = 0.0  # of what was used, what has not been entered yet: less than a unit, or settled afterwards

    def take(self, amount: float, *, now_s: float) -> float:
        """Take what a request is thought to need and return 0, or take nothing and return the seconds to wait for it.

        More than the whole limit is taken as the whole of it, which waits for an empty minute.
        """
        now_ms = int(now_s * 1_000)
        n_units = min(int(max(0.0, self._owed + amount) / self._unit), self._n_units)
        item = RateItem("", now_ms, weight=n_units)
        self._bucket.leak(now_ms)
        if n_units and not self._bucket.put(item):
            wait_ms = self._bucket.waiting(item)
            assert isinstance(wait_ms, int)  # noqa: S101 # a bucket in memory never answers by a coroutine
            return max(wait_ms, 1) / 1_000
        self._owed = self._owed + amount - n_units * self._unit if n_units < self._n_units else 0.0
        return 0.0

    def settle(self, taken: float, *, used: float, age_s: float) -> None:
        """Correct what was taken `age_s` ago to what was used: the next request is charged the difference.

        What was taken too much more than a minute ago is no longer held against anyone, and not given back.
        """
        if used > taken or age_s < MINUTE_S:
            self._owed += used - taken
