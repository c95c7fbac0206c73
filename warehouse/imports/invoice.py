"""A provider's invoice, or its export of costs or usage, summed by UTC day and model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from warehouse.imports.buckets import bucket_results
from warehouse.imports.rows import BadRow, Unit
from warehouse.imports.staging import stage_export


@dataclass(frozen=True, slots=True)
class InvoiceDay:
    """What is billed for one day and model, or for one line that names no model; `rows_` is 0 for a day without usage.

    `decimals` is the most digits after the point that any of its amounts has.
    """

    day: date
    provider: str | None
    foreign_model: str | None
    line_item: str | None
    rows_: int
    n_requests: int | None
    input_tokens: int | None
    output_tokens: int | None
    cached_tokens: int | None
    cost_usd: Decimal | None
    decimals: int


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice, its bad rows, and whether it is in the form of OpenAI's exports."""

    days: Sequence[InvoiceDay]
    bad: tuple[BadRow, ...]
    unit: Unit
    is_openai: bool


def read_invoice(path: Path, *, now: datetime) -> Invoice:
    """Read and check an invoice; raises `BadInputError` for a file that can't be read.

    Columns: `day`, `model`, `cost`, perhaps `provider`, `requests`, `input_tokens`, `output_tokens`, `cached_tokens`;
    or those of OpenAI's costs and usage, from its dashboard or its API.
    """
    with stage_export(path, expand=bucket_results) as staging:
        staging.make("mapped", "invoice")
        staging.make("checked", "invoice_rows", {"now": now})
        days = tuple(staging.read("invoice_cells", InvoiceDay))
        [is_openai] = staging.read("invoice_form", bool)
        return Invoice(days, staging.complaints(), staging.unit, is_openai)
