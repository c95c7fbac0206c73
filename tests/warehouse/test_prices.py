"""Prices as versioned rows: a change closes one period and opens the next, in whatever order the sightings land."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from itertools import pairwise, permutations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.pricing import cost_usd, make_price
from policies.types import Price
from warehouse.landing import land
from warehouse.migrating import migrate
from warehouse.query import named_query, query
from warehouse.records import Priced
from warehouse.sql import sql_text

DAY_0 = datetime(2026, 11, 1, tzinfo=UTC)
PERIODS = "SELECT price_id, valid_from, valid_to FROM prices WHERE model = 'small' ORDER BY valid_from"
DEAR, CHEAP = (make_price("small", input=Decimal(rate), output=Decimal(5), cached=Decimal("0.5")) for rate in (2, 1))


def day(number: int) -> datetime:
    return DAY_0 + timedelta(days=number)


def seen(price: Price, on: int) -> Priced:
    """The record that a price was seen in force on a day."""
    amounts = (price.input, price.output, price.cached, price.batch_input, price.batch_output)
    return Priced(price.price_id, price.model, *amounts, price.is_notional, day(on))


def periods(world) -> list[tuple[object, ...]]:
    return query(world.home, PERIODS).rows


def test_a_price_that_stays_is_one_row_from_the_first_time_it_was_seen(world) -> None:
    world.append(seen(DEAR, 3), seen(DEAR, 1), seen(DEAR, 2))
    land(world.home)
    assert periods(world) == [(DEAR.price_id, day(1), None)]


def test_a_changed_price_closes_the_old_row_and_opens_a_new_one(world) -> None:
    world.append(seen(DEAR, 1))
    land(world.home)
    world.append(seen(CHEAP, 4))
    land(world.home)
    assert periods(world) == [(DEAR.price_id, day(1), day(4)), (CHEAP.price_id, day(4), None)]


def test_the_same_price_coming_back_has_a_row_for_each_of_its_periods(world) -> None:
    world.append(seen(DEAR, 1), seen(CHEAP, 4), seen(CHEAP, 5), seen(DEAR, 8))
    land(world.home)
    assert periods(world) == [
        (DEAR.price_id, day(1), day(4)),
        (CHEAP.price_id, day(4), day(8)),
        (DEAR.price_id, day(8), None),
    ]
    assert query(world.home, "SELECT price_id, input FROM rates ORDER BY input").rows == [
        (CHEAP.price_id, Decimal(1)),
        (DEAR.price_id, Decimal(2)),
    ]


def test_periods_are_the_same_in_whatever_order_the_sightings_land(make_world) -> None:
    sightings = [seen(DEAR, 1), seen(CHEAP, 4), seen(DEAR, 8)]
    found = []
    for order in permutations(sightings):
        world = make_world()
        world.append(order[0])
        land(world.home)
        world.append(*order[1:], order[0])
        land(world.home)
        found.append(periods(world))
    assert [row[1:] for row in found[0]] == [(day(1), day(4)), (day(4), day(8)), (day(8), None)]
    assert found == [found[0]] * len(found)


def test_models_have_periods_of_their_own(world) -> None:
    other = make_price("large", input=Decimal(9), output=Decimal(9))
    world.append(seen(DEAR, 1), seen(other, 2), seen(DEAR, 3))
    land(world.home)
    assert query(world.home, "SELECT model, valid_from, valid_to FROM prices ORDER BY model").rows == [
        ("large", day(2), None),
        ("small", day(1), None),
    ]


@pytest.fixture(scope="module")
def ledger():
    """An empty ledger in memory."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        migrate(connection, applied_at=DAY_0)
        yield connection


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 8)), max_size=12, unique=True))
def test_periods_of_any_history_follow_each_other_without_gap_and_change_the_price(
    ledger, history: Sequence[tuple[str, int]]
) -> None:
    ledger.execute("DELETE FROM price_sightings")
    for price_id, on in history:
        ledger.execute(
            "INSERT INTO price_sightings BY NAME"
            " SELECT $1 AS price_id, $2::TIMESTAMPTZ AS seen_at, 'small' AS model, false AS is_notional",
            [price_id, day(on)],
        )
    rows = ledger.execute(PERIODS + ", valid_to NULLS LAST, price_id").fetchall()
    rates = ledger.execute("SELECT price_id FROM rates").fetchall()
    assert {price_id for price_id, _, _ in rows} == {price_id for price_id, _ in history}
    assert len(rates) == len({price_id for price_id, _ in history})
    assert [row[2] for row in rows[:-1]] == [row[1] for row in rows[1:]]
    assert all(before[0] != after[0] for before, after in pairwise(rows))
    assert [row[2] for row in rows[-1:]] == [None] * bool(history)


RATES = {
    "input and output": Price("p", "small", Decimal("0.15"), Decimal("0.333333333")),
    "cached": Price("p", "small", Decimal("0.15"), Decimal("0.333333333"), Decimal("0.0755")),
    "cached for nothing": Price("p", "small", Decimal("0.15"), Decimal("0.333333333"), Decimal(0)),
    "batch": Price("p", "small", Decimal(1), Decimal(5), None, Decimal("0.5"), Decimal("2.5")),
    "notional": Price("p", "small", Decimal("0.01"), Decimal("0.09"), is_notional=True),
}


@pytest.mark.parametrize("price", RATES.values(), ids=RATES.keys())
def test_every_rate_of_a_price_is_kept_and_gives_each_cost_again(world, price: Price) -> None:
    outcomes = []
    for n in range(60):
        tokens = {"input_tokens": n * 7 % 5001, "output_tokens": n * 13 % 977, "cached_tokens": n % 3 * n * 2}
        intent = replace(world.intent(n), price_id=price.price_id)
        outcomes.append(replace(world.outcome(intent), cost_usd=cost_usd(price, **tokens), **tokens))
    world.append(seen(price, 1), *outcomes)
    land(world.home)
    kept = query(world.home, "SELECT input, output, cached, batch_input, batch_output, is_notional FROM prices").rows
    assert kept == [(price.input, price.output, price.cached, price.batch_input, price.batch_output, price.is_notional)]
    table = named_query(world.home, "reprice")
    [row] = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    assert (row["attempts"], row["attempts_that_differ"], row["attempts_without_price"]) == (60, 0, 0)
    assert row["cost_usd"] == row["repriced_usd"] == sum(outcome.cost_usd or 0 for outcome in outcomes)
    assert named_query(world.home, "reprice_differences").rows == []


def test_what_was_never_billed_is_recomputed_as_free_and_other_costs_are_counted_apart(world) -> None:
    failure = replace(world.failure(world.intent(1)), input_tokens=None, output_tokens=None, cached_tokens=None)
    cached = replace(world.outcome(world.intent(2), cost_usd=Decimal(0)), status="cached")
    provider = replace(world.outcome(world.intent(3)), cost_source="provider", cost_usd=Decimal("0.5"))
    world.append(world.price(), failure, cached, provider, world.intent(4), world.imported(5))
    land(world.home)
    table = named_query(world.home, "reprice")
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    counts = ("attempts", "attempts_that_differ", "attempts_without_price", "attempts_of_provider_cost")
    assert [[row[name] for name in (*counts, "attempts_of_unknown_cost")] for row in rows] == [
        [2, 0, 0, 1, 1],
        [0, 0, 0, 1, 0],
    ]


def test_attempts_that_differ_are_shown_with_what_they_were_priced_with(world) -> None:
    wrong = world.outcome(world.intent(1), cost_usd=Decimal("0.000200001"))
    unlisted = world.outcome(replace(world.intent(2), price_id="nobody's"))
    world.append(world.price(), wrong, unlisted, world.outcome(world.intent(3)))
    land(world.home)
    table = named_query(world.home, "reprice_differences")
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    shown = ("attempt_id", "input", "cost_usd", "repriced_usd", "difference_usd")
    assert [tuple(row[name] for name in shown) for row in rows] == [
        ("attempt-1-1", Decimal(1), Decimal("0.000200001"), Decimal("0.0002"), Decimal("0.000000001")),
        ("attempt-2-1", None, Decimal("0.0002"), None, None),
    ]


def test_a_ledger_from_before_versions_keeps_its_prices_from_the_first_attempt_at_them() -> None:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(sql_text("migrations", "0001_facts"))
        connection.execute(sql_text("migrations", "0002_imports"))
        connection.execute(OLD_PRICES, {"long_ago": datetime(2020, 1, 1, tzinfo=UTC)})
        connection.execute(OLD_ATTEMPTS, {"day_1": day(1), "day_4": day(4)})
        for name in ("0001_facts", "0002_imports"):
            checksum = sha256(sql_text("migrations", name).encode()).hexdigest()
            connection.execute("INSERT INTO migrations VALUES ($1, $2, $3)", [name, checksum, day(0)])
        migrate(connection, applied_at=day(9))
        assert connection.execute(PERIODS + ", valid_to").fetchall() == [
            ("unused", datetime(2020, 1, 1, tzinfo=UTC), day(1)),
            ("dear", day(1), day(4)),
            ("cheap", day(4), None),
        ]
        assert connection.execute("SELECT price_id, input FROM rates ORDER BY 1").fetchall() == [
            ("cheap", Decimal(1)),
            ("dear", Decimal(2)),
            ("unused", Decimal(3)),
        ]


OLD_PRICES = (
    "INSERT INTO prices BY NAME SELECT price_id, 'small' AS model, input, 5 AS output, false AS is_notional,"
    " $long_ago AS valid_from FROM (VALUES ('dear', 2), ('cheap', 1), ('unused', 3)) AS old(price_id, input)"
)
OLD_ATTEMPTS = (
    "INSERT INTO attempts BY NAME SELECT 'a' || n AS attempt_id, 'c' || n AS call_id, 'd' || n AS decision_id,"
    " 'r' AS run_id, 'i' AS item_id, 's' AS step, 'generate' AS task_type, 'small' AS model, 'eu' AS deployment,"
    " 'openai' AS provider, 1 AS attempt_no, false AS is_fallback, 'ok' AS status, 'priced' AS cost_source,"
    " CASE WHEN n < 5 THEN 'dear' ELSE 'cheap' END AS price_id, 'h' AS prompt_hash,"
    " CASE WHEN n < 5 THEN $day_1::TIMESTAMPTZ ELSE $day_4::TIMESTAMPTZ END + to_hours(n % 5) AS started_at"
    " FROM range(10) AS rows(n)"
)
