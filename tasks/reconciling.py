"""Reconciling an invoice: its names understood, its days compared with the ledger's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from policies.errors import BadInputError
from tasks.imports.names import Names
from tasks.imports.outcome import Refused, bad_row_error
from tasks.imports.requests import NameOptions, load_names
from tasks.imports.writing import land_pending
from tasks.settings import Settings
from warehouse.home import Home
from warehouse.imports.invoice import Invoice, InvoiceDay, read_invoice
from warehouse.ledger_days import Rates, Scope, latest_rates, ledger_days
from warehouse.reconciling import Billed, Cell, Key, reconcile

OPENAI = "openai"
CENTS = 2  # an amount that shows fewer digits dropped its zeros
LEDGER_DECIMALS = 9


@dataclass(frozen=True, slots=True)
class ReconcileRequest:
    """An invoice, and what of it to compare with what of the ledger."""

    file: Path
    provider: str | None = None
    origins: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    tolerance_usd: Decimal = Decimal(0)
    boundary_s: int = 300
    names: NameOptions = field(default_factory=NameOptions)


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """An invoice compared with the ledger; it is reconciled if nothing above the tolerance is left unexplained."""

    since: date
    until: date
    tolerance_usd: Decimal
    invoice_usd: Decimal
    ledger_usd: Decimal
    difference_usd: Decimal
    unexplained_usd: Decimal
    is_reconciled: bool
    cells: tuple[Cell, ...]


def reconcile_invoice(request: ReconcileRequest, settings: Settings, *, now: datetime) -> Reconciliation:
    """Compare an invoice with the ledger by UTC day and model; nothing but what had been written is landed.

    Raises `BadInputError` for a bad invoice, with its row, and where there is no warehouse yet.
    """
    home = Home(settings.home.absolute())
    names = load_names(request.names, settings)
    invoice = read_invoice(request.file, now=now)
    if invoice.bad:
        raise bad_row_error([Refused(str(request.file), invoice.unit, invoice.bad)])
    days = chosen_days(invoice, request)
    land_pending(home)
    scope = scope_of(days, request, is_openai=invoice.is_openai)
    ours = ledger_days(home, scope)
    reader = InvoiceReader(request.file, names, scope, latest_rates(home), decimals=decimals_of(invoice.days))
    billed = reader.billed(days, provider=scope.providers[0] if len(scope.providers) == 1 else None)
    cells = reconcile(billed, ours, since=scope.since, until=scope.until, tolerance_usd=request.tolerance_usd)
    return Reconciliation(
        since=scope.since,
        until=scope.until,
        tolerance_usd=request.tolerance_usd,
        invoice_usd=sum((cell.invoice_usd for cell in cells), Decimal(0)),
        ledger_usd=sum((cell.ledger_usd for cell in cells), Decimal(0)),
        difference_usd=sum((cell.difference_usd for cell in cells), Decimal(0)),
        unexplained_usd=sum((abs(cell.unexplained_usd) for cell in cells), Decimal(0)),
        is_reconciled=all(cell.status != "unexplained" for cell in cells),
        cells=cells,
    )


def chosen_days(invoice: Invoice, request: ReconcileRequest) -> Sequence[InvoiceDay]:
    """The invoice's days of the chosen provider and period; raises `BadInputError` where none is left."""
    days = [
        one
        for one in invoice.days
        if (one.provider is None or request.provider in (None, one.provider))
        and (request.since is None or one.day >= request.since)
        and (request.until is None or one.day <= request.until)
    ]
    if not any(one.rows_ for one in invoice.days):
        raise BadInputError("holds neither costs nor tokens under a name that is known", file=request.file)
    if not any(one.rows_ for one in days):
        raise BadInputError("bills nothing of the chosen provider and days", file=request.file)
    return days


def scope_of(days: Sequence[InvoiceDay], request: ReconcileRequest, *, is_openai: bool) -> Scope:
    """What of the ledger an invoice is compared with: its days and providers, and by model if it tells them apart."""
    told = sorted({one.provider for one in days if one.provider is not None})
    chosen = [request.provider] if request.provider else told or ([OPENAI] if is_openai else [])
    return Scope(
        since=request.since or min(one.day for one in days),
        until=request.until or max(one.day for one in days),
        providers=tuple(chosen),
        origins=request.origins,
        by_provider=len(chosen) > 1,
        by_model=any(one.foreign_model is not None for one in days),
        boundary_s=request.boundary_s,
    )


def decimals_of(days: Sequence[InvoiceDay]) -> int:
    """The digits that the invoice's amounts are rounded to: the most that any shows."""
    return max((one.decimals for one in days), default=0)


@dataclass(frozen=True, slots=True)
class InvoiceReader:
    """How an invoice's days become what is compared: names, scope, our prices, and the digits of its amounts."""

    file: Path
    names: Names
    scope: Scope
    rates: Mapping[str, Rates]
    decimals: int

    def billed(self, days: Sequence[InvoiceDay], *, provider: str | None) -> tuple[Billed, ...]:
        """The days' amounts, those of several names of one model added up."""
        found: dict[tuple[date, Key], Billed] = {}
        for one in days:
            if one.rows_:
                new = self.bill(one, self.key_of(one, provider))
                place = (new.day, new.key)
                found[place] = added(found[place], new) if place in found else new
        return tuple(found.values())

    def key_of(self, one: InvoiceDay, provider: str | None) -> Key:
        """What a day's amount is for, in our names."""
        by_provider = one.provider if self.scope.by_provider else None
        if one.foreign_model is None:
            return Key(by_provider, None, one.line_item if self.scope.by_model else None)
        return Key(by_provider, self.names.model(one.foreign_model, provider=one.provider or provider).name)

    def bill(self, one: InvoiceDay, key: Key) -> Billed:
        """A day's amount, or its tokens at our prices where the export has no amounts."""
        if one.cost_usd is not None:
            rounding = one.rows_ * Decimal(5).scaleb(-1 - min(max(self.decimals, CENTS), LEDGER_DECIMALS))
            cost = one.cost_usd
        else:
            rounding, cost = Decimal(0), self.priced(one, key)
        counts = (one.n_requests, one.input_tokens, one.output_tokens, one.cached_tokens)
        return Billed(one.day, key, cost, rounding, one.cost_usd is None, *counts)

    def priced(self, one: InvoiceDay, key: Key) -> Decimal:
        """What a day's tokens cost at our prices; raises `BadInputError` where those are not known."""
        rates = self.rates.get(key.model or "")
        if rates is None:
            problem = "has no costs, and the ledger knows no price for its tokens"
            raise BadInputError(problem, file=self.file, field="model", value=key.model)
        cached = one.cached_tokens or 0
        fresh = (one.input_tokens or 0) - cached
        return (fresh * rates.input + cached * rates.cached + (one.output_tokens or 0) * rates.output).scaleb(-6)


def added(a: Billed, b: Billed) -> Billed:
    """Two amounts of one day and key."""
    return Billed(
        a.day,
        a.key,
        a.cost_usd + b.cost_usd,
        a.rounding_usd + b.rounding_usd,
        a.is_priced_here or b.is_priced_here,
        sum_known(a.requests, b.requests),
        sum_known(a.input_tokens, b.input_tokens),
        sum_known(a.output_tokens, b.output_tokens),
        sum_known(a.cached_tokens, b.cached_tokens),
    )


def sum_known(a: int | None, b: int | None) -> int | None:
    """The sum of what is known."""
    return b if a is None else a if b is None else a + b
