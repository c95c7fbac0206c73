"""Mean and spread of a figure over splits."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean and sample standard deviation of the `n` values that are known; None where there are too few for one."""

    mean: float | None
    sd: float | None
    n: int


def spread_of(values: Iterable[float | None]) -> Spread:
    """Summarise; None counts for nothing."""
    known = [value for value in values if value is not None]
    n = len(known)
    if not n:
        return Spread(None, None, 0)
    mean = math.fsum(known) / n
    sd = math.sqrt(math.fsum((value - mean) ** 2 for value in known) / (n - 1)) if n > 1 else None
    return Spread(mean, sd, n)
