"""Costs that the ledger has on one day and the provider bills on the next or the last: attempts near midnight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Shiftable:
    """The ledger's cost of attempts that began soon after a day's start, and of those that ended near its end."""

    early_usd: Decimal
    late_usd: Decimal


def shifts(differences: Mapping[date, Decimal], ends: Mapping[date, Shiftable]) -> Mapping[date, Decimal]:
    """How much of each day's difference was shifted from or to a neighbour.

    `differences` are the invoice's amounts less the ledger's; `ends` also has the days before and after, which are not
    on the invoice and can take or give what they have. Between two days on it a shift is no larger than what one lacks
    and the other has too much, so that what is explained on one day is explained on the other as well. Midnights are
    taken in their order, each with the largest shift that helps both its days.
    """
    rest = dict(differences)
    moved = {day: Decimal(0) for day in differences}
    for before, after in pairwise(sorted(ends)):
        forward = over_midnight(
            rest.get(before), rest.get(after), late=ends[before].late_usd, early=ends[after].early_usd
        )
        for day, amount in ((before, -forward), (after, forward)):
            if day in rest:
                rest[day] -= amount
                moved[day] += amount
    return moved


def over_midnight(before: Decimal | None, after: Decimal | None, *, late: Decimal, early: Decimal) -> Decimal:
    """The cost that the provider bills a day later than the ledger has it, below 0 if a day earlier.

    `before` and `after` are the differences of the two days that are still to be explained, None for a day that is not
    on the invoice.
    """
    lacking = [-one for one in (before,) if one is not None] + [one for one in (after,) if one is not None]
    forward = min([late, *lacking])
    backward = min([early, *(-one for one in lacking)])
    return forward if forward > 0 else -backward if backward > 0 else Decimal(0)
