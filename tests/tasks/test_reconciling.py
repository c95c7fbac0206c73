"""An invoice against a real ledger: known attempts, known invoices, known answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from policies.errors import BadInputError
from tasks.imports.requests import CallRequest, NameOptions
from tasks.reconciling import ReconcileRequest, Reconciliation, reconcile_invoice
from tests.tasks.imports.conftest import EXPORTS, Importer, call
from tests.warehouse.conftest import World
from warehouse.landing import land
from warehouse.records import Outcome

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TUESDAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 28, tzinfo=UTC)


class Books:
    """A ledger that a test writes, and invoices to hold against it."""

    def __init__(self, root: Path) -> None:
        self.importer = Importer(root)
        self.world = World(self.importer.home.root)
        self.root = root
        self.world.append(self.world.price())

    def outcome(self, n: int, *, at: datetime = NOON, cost: str | None = "0.0002", model: str = "small") -> Outcome:
        """The outcome of call `n`, half a second long, 100 tokens in and 20 out."""
        intent = replace(self.world.intent(n), started_at=at, model=model)
        return self.world.outcome(intent, cost_usd=None if cost is None else Decimal(cost))

    def write(self, *records) -> None:
        """Put records into the ledger."""
        self.world.append(*records)
        land(self.importer.home)

    def invoice(self, text: str, name: str = "invoice.csv") -> Path:
        """An invoice's file."""
        path = self.root / name
        path.write_text(text)
        return path

    def reconcile(self, text: str, **options) -> Reconciliation:
        """Compare an invoice with the ledger."""
        request = ReconcileRequest(self.invoice(text), **options)
        return reconcile_invoice(request, self.importer.settings, now=NOW)


@pytest.fixture
def books(tmp_path: Path, landed_home: Callable[[Path], Path]) -> Books:
    landed_home(tmp_path / "home")
    return Books(tmp_path)


def told(found: Reconciliation) -> list[tuple[object, ...]]:
    """Each row: day of the month, name, both amounts, status, and the parts."""
    return [
        (
            cell.day.day,
            cell.key.model or cell.key.line_item,
            cell.invoice_usd,
            cell.ledger_usd,
            cell.status,
            {part.name: part.amount_usd for part in cell.parts},
        )
        for cell in found.cells
    ]


def test_an_invoice_that_bills_what_the_ledger_has_is_reconciled(books) -> None:
    books.write(*(books.outcome(n) for n in range(5)), *(books.outcome(n, model="large") for n in range(5, 7)))
    found = books.reconcile("day,model,cost\n2026-11-24,small,0.001\n2026-11-24,large,0.0004\n")
    assert found.is_reconciled
    assert told(found) == [
        (24, "large", Decimal("0.0004"), Decimal("0.0004"), "matched", {}),
        (24, "small", Decimal("0.001"), Decimal("0.001"), "matched", {}),
    ]


def test_every_cause_is_found_in_the_ledger(books) -> None:
    lost = replace(books.world.intent(1), started_at=NOON)  # reserved 0.01
    unpriced = books.outcome(2, cost=None)  # 100 in, 20 out, at 1 and 5 USD: 0.0002
    cached = replace(books.outcome(3, cost="0.00015"), cached_tokens=100)  # 100 at 0.50 in place of 1: 0.00005 less
    books.write(lost, unpriced, cached)
    found = books.reconcile("day,model,cost\n2026-11-24,small,0.01040\n")
    assert told(found) == [
        (
            24,
            "small",
            Decimal("0.0104"),
            Decimal("0.00015"),
            "explained",
            {
                "unknown price": Decimal("0.0002"),
                "unknown outcome": Decimal("0.01"),
                "cached tokens": Decimal("0.00005"),
            },
        )
    ]
    [cell] = found.cells
    assert {part.name: part.attempts for part in cell.parts} == {
        "unknown price": 1, "unknown outcome": 1, "cached tokens": 3
    }  # fmt: skip


def test_what_the_ledger_does_not_have_is_unexplained(books) -> None:
    books.write(books.outcome(1))
    found = books.reconcile("day,model,cost\n2026-11-24,small,0.5\n2026-11-24,web search,0.03\n2026-11-25,small,0.1\n")
    assert not found.is_reconciled
    assert found.unexplained_usd == Decimal("0.6298")
    assert [(cell.day.day, cell.key.model, cell.missing) for cell in found.cells] == [
        (24, "small", None), (24, "web search", "ledger"), (25, "small", "ledger")
    ]  # fmt: skip


def test_a_model_that_is_not_billed_is_told(books) -> None:
    books.write(books.outcome(1), books.outcome(2, model="large"))
    found = books.reconcile("day,model,cost\n2026-11-24,small,0.0002\n")
    [missing] = [cell for cell in found.cells if cell.missing == "invoice"]
    assert (missing.key.model, missing.unexplained_usd) == ("large", Decimal("-0.0002"))


def test_an_attempt_over_midnight_may_be_billed_on_the_next_day(books) -> None:
    late = datetime(2026, 11, 24, 23, 59, 59, 900000, tzinfo=UTC)
    books.write(books.outcome(1), books.outcome(2, at=late), books.outcome(3, at=NOON + timedelta(days=1)))
    text = "day,model,cost\n2026-11-24,small,0.0002\n2026-11-25,small,0.0004\n"
    found = books.reconcile(text, boundary_s=0)
    assert [cell.status for cell in found.cells] == ["explained", "explained"]
    early = books.outcome(4, at=datetime(2026, 11, 24, 23, 57, tzinfo=UTC))
    books.write(early)
    text = "day,model,cost\n2026-11-24,small,0.0002\n2026-11-25,small,0.0006\n"
    assert books.reconcile(text, boundary_s=300).is_reconciled
    assert not books.reconcile(text, boundary_s=0).is_reconciled


def test_cents_of_an_invoice_are_rounding(books) -> None:
    books.write(books.outcome(1, cost="0.124"), books.outcome(2, cost="1.5", at=NOON + timedelta(days=1)))
    found = books.reconcile("day,model,cost\n2026-11-24,small,$0.12\n2026-11-25,small,1.5\n")
    assert [cell.status for cell in found.cells] == ["explained", "matched"]
    assert {part.name for part in found.cells[0].parts} == {"rounding"}
    assert not books.reconcile("day,model,cost\n2026-11-24,small,0.1200\n2026-11-25,small,1.5\n").is_reconciled


def test_notional_prices_are_billed_by_nobody(books) -> None:
    books.write(
        replace(books.world.price(), price_id="notional", model="embedded", is_notional=True),
        books.outcome(1),
        replace(books.outcome(2), intent=replace(books.outcome(2).intent, price_id="notional", model="embedded")),
    )
    assert books.reconcile("day,model,cost\n2026-11-24,small,0.0002\n").is_reconciled


def test_an_invoice_without_models_is_compared_by_day(books) -> None:
    books.write(books.outcome(1), books.outcome(2, model="large"))
    found = books.reconcile("date,cost_usd\n2026-11-24,0.0004\n")
    assert told(found) == [(24, None, Decimal("0.0004"), Decimal("0.0004"), "matched", {})]


def test_snapshots_and_mapped_names_are_the_models_they_mean(books, tmp_path: Path) -> None:
    books.write(books.outcome(1), books.outcome(2))
    text = "day,model,cost\n2026-11-24,gpt-4o-mini-2024-07-18,0.0002\n2026-11-24,budget,0.0002\n"
    map_file = tmp_path / "map.yaml"
    map_file.write_text("models: {budget: small}\n")
    assert books.reconcile(text, provider="openai", names=NameOptions(map_file)).is_reconciled
    assert not books.reconcile(text, provider="openai").is_reconciled


def test_providers_are_kept_apart(books) -> None:
    azure = books.outcome(2)
    azure = replace(azure, intent=replace(azure.intent, provider="azure"))
    books.write(books.outcome(1), azure)
    text = "day,provider,model,cost\n2026-11-24,openai,small,0.0002\n2026-11-24,azure,small,0.0003\n"
    found = books.reconcile(text)
    assert [(cell.key.provider, cell.status) for cell in found.cells] == [
        ("azure", "unexplained"),
        ("openai", "matched"),
    ]
    assert books.reconcile(text, provider="openai").is_reconciled
    assert books.reconcile("day,model,cost\n2026-11-24,small,0.0002\n", provider="openai").is_reconciled


def test_days_can_be_chosen_and_empty_days_of_the_invoice_count(books) -> None:
    books.write(books.outcome(1), books.outcome(2, at=NOON + timedelta(days=1)))
    text = "day,model,cost\n2026-11-24,small,0.0002\n2026-11-25,,\n"
    found = books.reconcile(text)
    assert [(cell.day.day, cell.missing) for cell in found.cells] == [(24, None), (25, "invoice")]
    assert books.reconcile(text, until=TUESDAY).is_reconciled


def test_usage_without_costs_is_priced_at_our_prices(books) -> None:
    books.write(*(books.outcome(n) for n in range(3)))
    text = "day,model,requests,input_tokens,output_tokens\n2026-11-24,small,3,300,60\n"
    [cell] = books.reconcile(text).cells
    assert (cell.status, cell.invoice_usd, cell.billed.is_priced_here) == ("matched", Decimal("0.0006"), True)
    text = "day,model,requests,input_tokens,output_tokens,cached_tokens\n2026-11-24,small,3,300,60,100\n"
    [cell] = books.reconcile(text).cells
    assert cell.difference_usd == Decimal("-0.00005")
    with pytest.raises(BadInputError, match="the ledger knows no price for its tokens"):
        books.reconcile("day,model,input_tokens\n2026-11-24,unheard-of,300\n")


def test_openais_costs_by_line_are_compared_by_model(books) -> None:
    start = int(datetime(2026, 11, 24, tzinfo=UTC).timestamp())
    header = (
        "start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,quantity,quantity_unit,line_item"
    )
    rows = [
        f'{start},{start + 86400},,,0.0001000000000000000,usd,100,tokens,"gpt-4o-mini-2024-07-18, input"',
        f'{start},{start + 86400},,,0.0001,usd,20,tokens,"gpt-4o-mini-2024-07-18, output"',
        f"{start},{start + 86400},,,0.03,usd,3,calls,web search tool calls",
        f"{start + 86400},{start + 172800},,,,,,,",
    ]
    books.write(books.outcome(1))
    found = books.reconcile("\n".join([header, *rows]) + "\n")
    assert told(found) == [
        (24, "web search tool calls", Decimal("0.03"), Decimal(0), "unexplained", {}),
        (24, "small", Decimal("0.0002"), Decimal("0.0002"), "matched", {}),
    ]
    [_, small] = found.cells
    assert (small.billed.input_tokens, small.billed.output_tokens) == (100, 20)
    assert found.until == date(2026, 11, 25)


def test_imported_attempts_are_part_of_the_ledger_unless_left_out(books) -> None:
    logs = books.importer.file("logs.jsonl", call(startTime="2026-11-24T09:00:00Z", endTime="2026-11-24T09:00:01Z"))
    books.importer.calls(CallRequest("litellm-spend-logs", logs), now=NOW)
    books.write(books.outcome(1))
    text = "day,model,cost\n2026-11-24,small,0.000335\n"
    assert books.reconcile(text).is_reconciled
    assert books.reconcile("day,model,cost\n2026-11-24,small,0.0002\n", origins=("pointsman",)).is_reconciled


def test_amounts_are_exact_to_the_ninth_decimal(books) -> None:
    books.write(*(books.outcome(n, cost="0.000000001") for n in range(1000)))
    found = books.reconcile("day,model,cost\n2026-11-24,small,0.000001000\n")
    assert [cell.difference_usd for cell in found.cells] == [Decimal(0)]


def test_amounts_as_programs_write_them_have_the_digits_that_they_show(books) -> None:
    books.write(*(books.outcome(n, cost="0.00002") for n in range(3)))
    found = books.reconcile("day,model,cost\n2026-11-24,small,1.5e-05\n")
    assert not found.is_reconciled  # a point and two digits would leave room for half a cent


def test_columns_may_be_named_as_consoles_name_them(books) -> None:
    books.write(books.outcome(1))
    for head in ("usage_date_utc,model,cost_usd", "Date,Model,Amount (USD)", "day,model,Cost USD"):
        assert books.reconcile(f"{head}\n2026-11-24,small,0.0002\n").is_reconciled, head


BAD_ROWS: list[tuple[str, str]] = [
    ("model,cost\nsmall,1\n", "day: is required"),
    ("day,model,cost\nyesterday,small,1\n", "day: must be a day (got 'yesterday')"),
    ("day,model,cost\n24.11.2026,small,1\n", "day: must be a day"),
    ("day,model,cost\n1999-01-01,small,1\n", "day: must lie between 2015 and now"),
    ("day,model,cost\n2026-11-24,small,1 EUR\n", "cost: must be an amount in USD"),
    ('day,model,cost\n2026-11-24,small,"1,000.00"\n', "cost: must be an amount in USD"),
    ("day,model,cost,currency\n2026-11-24,small,1,EUR\n", "currency: must be usd"),
    ('day,model,cost\n2026-11-24,"a\x1b[31m",1\n', "model: must be printable text"),
    ("day,model,cost\n2026-11-24,small,1000000.01\n", "cost: must lie between -1000000 and 1000000 USD"),
    ("day,model,input_tokens\n2026-11-24,small,-1\n", "input_tokens: must be a count"),
    ("start_time,end_time,model,cost\n2026-11-01,2026-12-01,small,1\n", "end_time: must lie in the same UTC day"),
    ("start_time,end_time,model,cost\n2026-11-24,2026-11-24,small,1\n", "end_time: must lie after start_time"),
]


@pytest.mark.parametrize(("text", "problem"), BAD_ROWS, ids=[problem for _, problem in BAD_ROWS])
def test_a_bad_row_of_an_invoice_is_refused_with_its_place(books, text: str, problem: str) -> None:
    with pytest.raises(BadInputError) as error:
        books.reconcile(text)
    assert str(error.value).startswith(f"{books.root / 'invoice.csv'}:2: {problem}")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("day,model,cost\n2026-11-24,,\n", "holds neither costs nor tokens under a name that is known"),
        ("day,model,price\n2026-11-24,small,1\n", "holds neither costs nor tokens under a name that is known"),
        ("day,provider,cost\n2026-11-24,azure,1\n", "bills nothing of the chosen provider and days"),
    ],
)
def test_an_invoice_that_bills_nothing_that_was_asked_for_is_refused(books, text: str, problem: str) -> None:
    with pytest.raises(BadInputError, match=problem):
        books.reconcile(text, provider="openai")


def test_without_a_warehouse_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    importer = Importer(tmp_path)
    with pytest.raises(BadInputError, match="there is no warehouse yet"):
        reconcile_invoice(ReconcileRequest(EXPORTS / "openai_costs.csv"), importer.settings, now=NOW)
    assert not importer.home.root.exists()
