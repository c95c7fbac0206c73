"""Taking differences apart: known amounts on both sides, known causes, known rests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.ledger_days import LedgerDay
from warehouse.reconciling import Billed, Cell, Key, reconcile, sums
from warehouse.shifting import Shiftable, shifts

MONDAY = date(2026, 11, 23)
KEY = Key(None, "small")
NOTHING = Decimal(0)


def day(n: int) -> date:
    return MONDAY + timedelta(days=n)


def ours(cost: str, n: int = 0, **changes: object) -> LedgerDay:
    """The ledger's day `n` with a cost of 10 attempts and nothing uncertain."""
    plain = LedgerDay(
        day=day(n),
        provider=None,
        model="small",
        attempts=10,
        cost_usd=Decimal(cost),
        input_tokens=1000,
        output_tokens=100,
        cached_tokens=0,
        lost=0,
        lost_reserved_usd=NOTHING,
        lost_unbounded=0,
        unpriced=0,
        unpriced_micro_usd=NOTHING,
        unpriced_unbounded=0,
        cached_charge_micro_usd=NOTHING,
        cached_discount_micro_usd=NOTHING,
        early_usd=NOTHING,
        late_usd=NOTHING,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # fields by name


def theirs(cost: str, n: int = 0, *, rounding: str = "0") -> Billed:
    return Billed(day(n), KEY, Decimal(cost), Decimal(rounding))


def compare(*sides: Billed | LedgerDay, days: int = 1, tolerance: str = "0") -> tuple[Cell, ...]:
    billed = [one for one in sides if isinstance(one, Billed)]
    ledger = [one for one in sides if isinstance(one, LedgerDay)]
    return reconcile(billed, ledger, since=MONDAY, until=day(days - 1), tolerance_usd=Decimal(tolerance))


def told(cell: Cell) -> tuple[str, Decimal, dict[str, Decimal]]:
    return cell.status, cell.unexplained_usd, {part.name: part.amount_usd for part in cell.parts}


def test_equal_amounts_match() -> None:
    [cell] = compare(theirs("1.25"), ours("1.25"))
    assert told(cell) == ("matched", NOTHING, {})


def test_what_only_one_side_has_is_unexplained_and_says_which() -> None:
    [cell] = compare(theirs("1.25"))
    assert (cell.status, cell.missing, cell.unexplained_usd) == ("unexplained", "ledger", Decimal("1.25"))
    [cell] = compare(ours("1.25"))
    assert (cell.status, cell.missing, cell.unexplained_usd) == ("unexplained", "invoice", Decimal("-1.25"))


def test_a_day_that_cost_nothing_here_and_is_not_billed_matches() -> None:
    [cell] = compare(ours("0"))
    assert told(cell) == ("matched", NOTHING, {})


@pytest.mark.parametrize(
    ("billed", "changes", "status", "rest", "parts"),
    [
        ("1.20", {"lost": 2, "lost_reserved_usd": Decimal("0.5")}, "explained", "0", {"unknown outcome": "0.2"}),
        ("1.70", {"lost": 2, "lost_reserved_usd": Decimal("0.5")}, "unexplained", "0.2", {"unknown outcome": "0.5"}),
        ("0.90", {"lost": 2, "lost_reserved_usd": Decimal("0.5")}, "unexplained", "-0.1", {}),
        ("1.10", {"unpriced": 3, "unpriced_micro_usd": Decimal(100_000)}, "explained", "0", {"unknown price": "0.1"}),
        ("1.05", {"unpriced": 3, "unpriced_micro_usd": Decimal(100_000)}, "explained", "0", {"unknown price": "0.05"}),
        ("1.30", {"cached_discount_micro_usd": Decimal(300_000)}, "explained", "0", {"cached tokens": "0.3"}),
        ("0.80", {"cached_charge_micro_usd": Decimal(200_000)}, "explained", "0", {"cached tokens": "-0.2"}),
        ("0.70", {"cached_charge_micro_usd": Decimal(200_000)}, "unexplained", "-0.1", {"cached tokens": "-0.2"}),
        (
            "1.75",
            {
                "unpriced": 1,
                "unpriced_micro_usd": Decimal(100_000),
                "lost": 1,
                "lost_reserved_usd": Decimal("0.5"),
                "cached_discount_micro_usd": Decimal(200_000),
            },
            "explained",
            "0",
            {"unknown price": "0.1", "unknown outcome": "0.5", "cached tokens": "0.15"},
        ),
    ],
)
def test_a_difference_is_put_down_to_its_causes_within_their_bounds(billed, changes, status, rest, parts) -> None:
    [cell] = compare(theirs(billed), ours("1", **changes))
    expected = {name: Decimal(amount) for name, amount in parts.items()}
    assert told(cell) == (status, Decimal(rest), expected)


def test_rounding_explains_half_a_nano_per_attempt_and_half_the_invoices_last_digit() -> None:
    [cell] = compare(theirs("1", rounding="0.005"), ours("1.004999999"))
    assert told(cell) == ("explained", NOTHING, {"rounding": Decimal("-0.004999999")})
    [cell] = compare(theirs("1"), ours("1.000000006"))  # ten attempts can be 5 nano-USD off, not 6
    assert cell.status == "unexplained"
    assert cell.unexplained_usd == Decimal("-0.000000006")


def test_the_tolerance_is_per_row_and_applies_to_what_is_left() -> None:
    [cell] = compare(theirs("1.009"), ours("1"), tolerance="0.01")
    assert cell.status == "matched"
    [cell] = compare(theirs("1.209"), ours("1", lost=1, lost_reserved_usd=Decimal("0.2")), tolerance="0.01")
    assert cell.status == "explained"


def test_a_cost_near_midnight_may_be_billed_a_day_later_and_both_days_are_explained() -> None:
    first, second = compare(theirs("0.8"), theirs("1.2", 1), ours("1", late_usd=Decimal("0.3")), ours("1", 1), days=2)
    assert told(first) == ("explained", NOTHING, {"day boundary": Decimal("-0.2")})
    assert told(second) == ("explained", NOTHING, {"day boundary": Decimal("0.2")})


def test_a_cost_soon_after_midnight_may_be_billed_a_day_earlier() -> None:
    first, second = compare(theirs("1.2"), theirs("0.8", 1), ours("1"), ours("1", 1, early_usd=Decimal("0.2")), days=2)
    assert (told(first)[2], told(second)[2]) == ({"day boundary": Decimal("0.2")}, {"day boundary": Decimal("-0.2")})


def test_a_shift_is_no_larger_than_what_was_near_midnight() -> None:
    first, second = compare(theirs("0.5"), theirs("1.5", 1), ours("1", late_usd=Decimal("0.3")), ours("1", 1), days=2)
    assert (first.unexplained_usd, second.unexplained_usd) == (Decimal("-0.2"), Decimal("0.2"))


def test_two_days_that_both_lack_cost_are_not_explained_by_each_other() -> None:
    cells = compare(
        theirs("0.9"), theirs("0.9", 1), ours("1", late_usd=Decimal(1)), ours("1", 1, early_usd=NOTHING), days=2
    )
    assert [cell.status for cell in cells] == ["unexplained", "unexplained"]


def test_the_days_around_the_invoice_may_give_and_take() -> None:
    first, last = compare(
        ours("5", -1, late_usd=Decimal("0.1")),
        theirs("1.1"),
        ours("1"),
        theirs("0.9", 1),
        ours("1", 1, late_usd=Decimal("0.4")),
        days=2,
    )
    assert (told(first)[2], told(last)[2]) == ({"day boundary": Decimal("0.1")}, {"day boundary": Decimal("-0.1")})


def test_attempts_without_a_bound_are_counted_and_explain_nothing() -> None:
    [cell] = compare(theirs("1.2"), ours("1", lost=2, lost_unbounded=2))
    assert (cell.status, cell.unbounded, cell.unexplained_usd) == ("unexplained", 2, Decimal("0.2"))


def test_sums_over_all_rows_tell_how_much_each_cause_explains() -> None:
    reserved = {"lost": 1, "lost_reserved_usd": Decimal("0.5")}
    cells = compare(theirs("1.1"), ours("1", **reserved), theirs("1.2", 1), ours("1", 1, **reserved), days=2)
    assert sums(cells) == {"unknown outcome": Decimal("0.3")}


amounts = st.decimals(-5, 5, places=9)
costs = st.decimals(0, 5, places=9)


@given(
    differences=st.lists(amounts, min_size=1, max_size=6),
    ends=st.lists(st.tuples(costs, costs), min_size=8, max_size=8),
)
def test_shifts_cancel_out_inside_the_invoice_and_never_make_a_day_worse(differences, ends) -> None:
    days = {day(n): amount for n, amount in enumerate(differences)}
    around = [day(n) for n in range(-1, len(differences) + 1)]
    sides = {one: Shiftable(*ends[n]) for n, one in enumerate(around)}
    moved = shifts(days, sides)
    for one, amount in days.items():
        assert abs(amount - moved[one]) <= abs(amount)
    outside = sides[around[0]].late_usd + sides[around[1]].early_usd + sides[around[-2]].late_usd
    outside += sides[around[-1]].early_usd
    assert abs(sum(moved.values())) <= outside


@given(billed=costs, cost=costs, reserved=costs, unpriced=costs, charge=costs, discount=costs)
def test_the_parts_and_the_rest_always_add_up_to_the_difference(
    billed, cost, reserved, unpriced, charge, discount
) -> None:
    [cell] = compare(
        Billed(MONDAY, KEY, billed, NOTHING),
        ours(
            str(cost),
            lost=1,
            lost_reserved_usd=reserved,
            unpriced=1,
            unpriced_micro_usd=unpriced,
            cached_charge_micro_usd=charge,
            cached_discount_micro_usd=discount,
        ),
    )
    assert sum((part.amount_usd for part in cell.parts), cell.unexplained_usd) == billed - cost
    assert all(part.low_usd <= part.amount_usd <= part.high_usd for part in cell.parts)
