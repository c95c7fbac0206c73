"""`pointsman reconcile`: the ledger against what a provider bills."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import typer

from flows.commands.importing import MapFile
from flows.commands.options import AsJson
from flows.printing import print_grid, print_json
from policies.errors import BadInputError, WorkFailedError
from tasks.clock import now
from tasks.imports.requests import NameOptions
from tasks.reconciling import ReconcileRequest, Reconciliation, reconcile_invoice
from tasks.settings import load_settings
from warehouse.reconciling import Cell, sums

MAX_TOLERANCE_USD = Decimal(1_000_000)


def reconcile(
    invoice: Annotated[
        Path,
        typer.Argument(help="CSV of day, model, cost, or an export of OpenAI's costs or usage.", metavar="INVOICE"),
    ],
    provider: Annotated[str | None, typer.Option(help="Compare with this provider's attempts alone.")] = None,
    origin: Annotated[
        list[str] | None, typer.Option(help="Compare with attempts of this origin alone; `pointsman` are our own.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="First UTC day.", metavar="YYYY-MM-DD")] = None,
    until: Annotated[str | None, typer.Option(help="Last UTC day.", metavar="YYYY-MM-DD")] = None,
    tolerance: Annotated[str, typer.Option(help="USD per day and model that may stay unexplained.")] = "0",
    boundary_s: Annotated[
        int, typer.Option(min=0, max=43_200, help="Seconds around midnight whose cost may be billed a day off.")
    ] = 300,
    map_file: MapFile = None,
    everything: Annotated[bool, typer.Option("--all", help="Show the days and models that match as well.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compare the ledger with an invoice by UTC day and model; exit 1 where a difference stays unexplained."""
    request = ReconcileRequest(
        invoice,
        provider=provider,
        origins=tuple(origin or ()),
        since=day_of(since, "--since"),
        until=day_of(until, "--until"),
        tolerance_usd=tolerance_of(tolerance),
        boundary_s=boundary_s,
        names=NameOptions(map_file),
    )
    found = reconcile_invoice(request, load_settings(), now=now())
    if as_json:
        print_json(told(found))
    else:
        show(found, everything=everything)
    if not found.is_reconciled:
        n = sum(cell.status == "unexplained" for cell in found.cells)
        raise WorkFailedError(
            f"{found.unexplained_usd.normalize():f} USD unexplained, in {n} of {len(found.cells)} rows"
        )


def day_of(text: str | None, option: str) -> date | None:
    """A day; raises `BadInputError` for any other text."""
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise BadInputError("must be a day such as 2026-11-25", field=option, value=text) from error


def tolerance_of(text: str) -> Decimal:
    """An amount; raises `BadInputError` for any other text."""
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise BadInputError("must be an amount in USD", field="--tolerance", value=text) from error
    if not (amount.is_finite() and 0 <= amount <= MAX_TOLERANCE_USD):
        raise BadInputError("must be an amount in USD, at least 0", field="--tolerance", value=text)
    return amount


def told(found: Reconciliation) -> dict[str, object]:
    """A reconciliation for programs: also what a cell's sides say of each other."""
    cells = [asdict(cell) | {"missing": cell.missing, "unbounded": cell.unbounded} for cell in found.cells]
    return {**asdict(found), "explained_by": sums(found.cells), "cells": cells}


def show(found: Reconciliation, *, everything: bool) -> None:
    """A reconciliation for people: what does not match, and the sums."""
    shown = [cell for cell in found.cells if everything or cell.status != "matched"]
    if shown:
        columns = ("day", "model", "invoice, USD", "ledger, USD", "difference", "explained by", "unexplained", "status")
        print_grid(columns, [row_of(cell) for cell in shown])
    n_matched = sum(cell.status == "matched" for cell in found.cells)
    causes = "; ".join(f"{plain(amount)} by {name}" for name, amount in sums(found.cells).items())
    explained = f" ({causes})" if causes else ""
    typer.echo(
        f"{found.since} to {found.until}: invoice {plain(found.invoice_usd)} USD, "
        f"ledger {plain(found.ledger_usd)} USD, difference {plain(found.difference_usd)} USD{explained}; "
        f"{n_matched} of {len(found.cells)} rows match as they are"
    )


def row_of(cell: Cell) -> tuple[object, ...]:
    """One day and model as one line."""
    name = cell.key.model or cell.key.line_item or "all models"
    status = cell.status if cell.missing is None else f"{cell.status}, not in the {cell.missing}"
    parts = "; ".join(f"{plain(part.amount_usd)} {part.name} ({part.attempts})" for part in cell.parts)
    if cell.unbounded:
        parts = "; ".join(filter(None, (parts, f"{cell.unbounded} attempts without a bound")))
    return (
        cell.day,
        f"{cell.key.provider}: {name}" if cell.key.provider else name,
        cell.invoice_usd,
        cell.ledger_usd,
        cell.difference_usd,
        parts or None,
        cell.unexplained_usd,
        status,
    )


def plain(amount: Decimal) -> str:
    """An amount without an exponent or idle zeros."""
    return f"{amount.normalize():f}" if amount else "0"
