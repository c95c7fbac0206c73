"""The ledger against an invoice, by day and model: what differs, what explains it, what is left.

All amounts are exact decimals. A part of an explanation may be as large as its bound and no larger: bounds are sums
over the attempts that are uncertain in that way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal, TypeAlias

from warehouse.ledger_days import DAY, LedgerDay
from warehouse.shifting import Shiftable, shifts

PartName: TypeAlias = Literal["day boundary", "unknown price", "unknown outcome", "cached tokens", "rounding"]
Status: TypeAlias = Literal["matched", "explained", "unexplained"]

NANO = Decimal("0.000000001")
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Key:
    """What is billed as one, apart from the day: a provider's model, or a line of the invoice that names no model."""

    provider: str | None
    model: str | None
    line_item: str | None = None

    @property
    def order(self) -> tuple[str, str, str]:
        """Its place among others."""
        return self.provider or "", self.model or "", self.line_item or ""


@dataclass(frozen=True, slots=True)
class Billed:
    """What an invoice says of one day and key; `rounding_usd` is how far its amounts may be rounded."""

    day: date
    key: Key
    cost_usd: Decimal
    rounding_usd: Decimal
    is_priced_here: bool = False
    requests: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One cause of a difference: the amount put down to it, its bounds, and the attempts that it is about."""

    name: PartName
    amount_usd: Decimal
    low_usd: Decimal
    high_usd: Decimal
    attempts: int


@dataclass(frozen=True, slots=True)
class Cell:
    """One day and key on both sides; `missing` names the side that has nothing of it.

    `difference_usd` is the invoice's amount less the ledger's; `unbounded` attempts have a cost that nobody can bound.
    """

    day: date
    key: Key
    billed: Billed | None
    ledger: LedgerDay | None
    invoice_usd: Decimal
    ledger_usd: Decimal
    difference_usd: Decimal
    parts: tuple[Part, ...]
    unexplained_usd: Decimal
    status: Status

    @property
    def missing(self) -> Literal["ledger", "invoice"] | None:
        """The side that has nothing of it."""
        return "invoice" if self.billed is None else "ledger" if self.ledger is None else None

    @property
    def unbounded(self) -> int:
        """Attempts whose cost is neither known nor bounded by a reservation or a price."""
        return self.ledger.lost_unbounded + self.ledger.unpriced_unbounded if self.ledger else 0


def reconcile(
    billed: Iterable[Billed], ledger: Iterable[LedgerDay], *, since: date, until: date, tolerance_usd: Decimal
) -> tuple[Cell, ...]:
    """Compare day by day and key by key, in the order of days; `ledger` also has the days before and after."""
    invoice = {(one.day, one.key): one for one in billed}
    ours = {(one.day, Key(one.provider, one.model)): one for one in ledger}
    keys = sorted({key for _, key in (*invoice, *ours)}, key=lambda key: key.order)
    days = [since + n * DAY for n in range((until - since).days + 1)]
    cells: list[Cell] = []
    for key in keys:
        differences = {day: difference(invoice.get((day, key)), ours.get((day, key))) for day in days}
        ends = {day: shiftable(ours.get((day, key))) for day in (since - DAY, *days, until + DAY)}
        moved = shifts(differences, ends)
        for day in days:
            pair = invoice.get((day, key)), ours.get((day, key))
            if pair != (None, None):
                cells.append(cell_of(day, key, pair, moved[day], tolerance_usd=tolerance_usd))
    return tuple(sorted(cells, key=lambda cell: (cell.day, cell.key.order)))


def difference(billed: Billed | None, ours: LedgerDay | None) -> Decimal:
    """The invoice's amount less the ledger's."""
    return (billed.cost_usd if billed else ZERO) - (ours.cost_usd if ours else ZERO)


def shiftable(ours: LedgerDay | None) -> Shiftable:
    """The costs near a day's ends, and the attempts of the day."""
    return Shiftable(ours.early_usd, ours.late_usd) if ours else Shiftable(ZERO, ZERO)


def cell_of(
    day: date, key: Key, pair: tuple[Billed | None, LedgerDay | None], moved: Decimal, *, tolerance_usd: Decimal
) -> Cell:
    """One day and key, with its difference taken apart."""
    billed, ours = pair
    gap = difference(billed, ours)
    parts, rest = take_apart(gap, moved, billed, ours)
    matched, explained = abs(gap) <= tolerance_usd, abs(rest) <= tolerance_usd
    return Cell(
        day=day,
        key=key,
        billed=billed,
        ledger=ours,
        invoice_usd=billed.cost_usd if billed else ZERO,
        ledger_usd=ours.cost_usd if ours else ZERO,
        difference_usd=gap,
        parts=parts,
        unexplained_usd=rest,
        status="matched" if matched else "explained" if explained else "unexplained",
    )


def take_apart(
    gap: Decimal, moved: Decimal, billed: Billed | None, ours: LedgerDay | None
) -> tuple[tuple[Part, ...], Decimal]:
    """The parts of a difference, each within its bounds, and what is left.

    What rounding alone explains is rounding. Else what was shifted over midnight comes first, as another day lacks or
    has it; then what was surely sent (unknown price), what perhaps was (unknown outcome), and cached tokens. Rounding
    takes what is left if it can take all of it: a piece of a difference is not rounding.
    """
    rounding = rounding_of(billed, ours)
    if abs(gap) <= rounding.high_usd:
        return ((replace(rounding, amount_usd=gap),) if gap else ()), ZERO
    attempts = ours.attempts if ours else 0
    taken = [Part("day boundary", moved, min(moved, ZERO), max(moved, ZERO), attempts)]
    rest = gap - moved
    for part in uncertain(ours):
        amount = min(max(rest, part.low_usd), part.high_usd)
        taken.append(replace(part, amount_usd=amount))
        rest -= amount
    if abs(rest) <= rounding.high_usd:
        taken.append(replace(rounding, amount_usd=rest))
        rest = ZERO
    return tuple(part for part in taken if part.amount_usd), rest


def uncertain(ours: LedgerDay | None) -> Sequence[Part]:
    """What is uncertain about the ledger's side, with nothing put down to it yet."""
    if ours is None:
        return ()
    unpriced = ours.unpriced_micro_usd.scaleb(-6)
    charge, discount = ours.cached_charge_micro_usd.scaleb(-6), ours.cached_discount_micro_usd.scaleb(-6)
    return (
        Part("unknown price", ZERO, ZERO, unpriced, ours.unpriced),
        Part("unknown outcome", ZERO, ZERO, ours.lost_reserved_usd, ours.lost),
        # At most all cached tokens were billed as fresh ones, or none of them at all.
        Part("cached tokens", ZERO, -charge, discount, ours.attempts),
    )


def rounding_of(billed: Billed | None, ours: LedgerDay | None) -> Part:
    """Each attempt's cost is rounded at the ninth decimal, the invoice's amounts at their last."""
    attempts = ours.attempts if ours else 0
    bound = attempts * NANO / 2 + (billed.rounding_usd if billed else ZERO)
    return Part("rounding", ZERO, -bound, bound, attempts)


def sums(cells: Iterable[Cell]) -> Mapping[str, Decimal]:
    """The amounts put down to each cause, over all days and models."""
    total: dict[str, Decimal] = {}
    for cell in cells:
        for part in cell.parts:
            total[part.name] = total.get(part.name, ZERO) + part.amount_usd
    return total
