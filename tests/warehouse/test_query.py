"""Queries on the published file: values back, one-line refusals, and no way out of the file."""

from __future__ import annotations

import stat
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from policies.errors import BadInputError, WorkFailedError
from policies.types import Price
from warehouse.home import Home
from warehouse.landing import land
from warehouse.query import list_marts, list_queries, named_query, query


@pytest.fixture(scope="module")
def landed(make_world):
    """A home with a record of every kind; tests only read it."""
    world = make_world()
    world.append(*world.everything())
    land(world.home)
    return world.home


def test_columns_and_rows_come_back_with_parameters_bound(landed) -> None:
    table = query(landed, "SELECT call_id, cost_usd FROM attempts WHERE call_id = ?", parameters=["call-0"])
    assert (table.columns, table.rows) == (("call_id", "cost_usd"), [("call-0", Decimal("0.0002"))])
    assert query(landed, "SELECT $a::INTEGER + 1 AS b", parameters={"a": 1}).rows == [(2,)]


def test_before_anything_is_published_the_error_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="run a job or `pointsman land` first"):
        query(Home(tmp_path), "SELECT 1")


REFUSED = {
    "a syntax error": "SELEC 1",
    "an unknown table": "FROM nothing",
    "an unknown column": "SELECT nothing FROM calls",
    "a missing parameter": "SELECT $a",
    "a failing cast": "SELECT 'x'::INTEGER",
    "nothing": "  ",
    "writing": "DELETE FROM attempts",
    "a new table": "CREATE TABLE t AS SELECT 1",
    "reading a CSV": "FROM read_csv('{outside}')",
    "reading text": "FROM read_text('{outside}')",
    "reading by name": "FROM '{outside}'",
    "listing": "FROM glob('/*')",
    "writing a file": "COPY attempts TO '{outside}.csv'",
    "exporting": "EXPORT DATABASE '{outside}.d'",
    "attaching": "ATTACH '{outside}.duckdb'",
    "an extension": "INSTALL httpfs",
    "loading": "LOAD '{outside}'",
    "lifting the ban": "SET enable_external_access = true",
    "unlocking": "SET lock_configuration = false",
    "logging to a file": "CALL enable_logging(storage = 'file', storage_path = '{outside}')",
    "a Python variable": "FROM home",
}


@pytest.mark.parametrize("sql", REFUSED.values(), ids=REFUSED.keys())
def test_what_a_query_may_not_do_is_one_line_of_bad_input_and_touches_no_file(landed, tmp_path: Path, sql: str) -> None:
    outside = tmp_path / "outside"
    outside.write_text("secret")
    with pytest.raises(BadInputError) as caught:
        query(landed, sql.replace("{outside}", str(outside)))
    assert "\n" not in str(caught.value)
    assert {path.name for path in tmp_path.iterdir()} == {"outside"}


def test_a_damaged_published_file_is_an_error_not_a_traceback_and_land_rebuilds_it_once_removed(world) -> None:
    world.append(world.intent(1))
    land(world.home)
    world.home.published.write_bytes(b"damage" * 5000)
    with pytest.raises(WorkFailedError, match="can't be read"):
        query(world.home, "SELECT 1")
    world.home.published.unlink()
    assert land(world.home).is_published
    assert query(world.home, "SELECT count(*) FROM attempts").rows == [(1,)]


def test_an_unknown_named_query_lists_those_that_are_there() -> None:
    with pytest.raises(BadInputError, match=r"reprice, .*run_routes, .*run_totals"):
        named_query(Home(Path("/nowhere")), "nothing")


def test_every_query_and_mart_says_what_one_row_is() -> None:
    for grain in (*list_queries().values(), *list_marts().values()):
        assert grain.startswith("One row per ")
    assert {"cost_by_model_day", "cost_by_job_run", "frontier", "fallbacks", "route_share"} <= list_marts().keys()


def test_the_named_queries_tell_a_run(landed) -> None:
    table = named_query(landed, "run_steps", parameters={"run_id": "run-1"})
    [row] = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    assert (row["step"], row["model"], row["calls"], row["attempts"], row["failures"]) == ("answer", "small", 3, 3, 1)
    assert (row["cost_usd"], row["known_cost_usd"], row["mean_quality"]) == (None, Decimal("0.0004"), 1.0)
    table = named_query(landed, "run_routes", parameters={"run_id": "run-1"})
    assert table.rows == [("answer", "generate", "rules", "default", "small", None, 3, 0, 1.0)]
    table = named_query(landed, "run_totals", parameters={"run_id": "run-1"})
    [row] = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    assert (row["calls"], row["status"], row["elapsed_s"], row["known_cost_usd"]) == (
        3,
        "completed",
        60.0,
        Decimal("0.0004"),
    )


def test_repricing_shows_no_difference_to_the_ninth_decimal(world) -> None:
    from policies.pricing import cost_usd

    price = replace(world.price(), input=Decimal("0.15"), output=Decimal("0.333333333"), cached=Decimal("0.0755"))
    rates = Price(price.price_id, price.model, price.input, price.output, price.cached)
    records = []
    for n in range(200):
        tokens = {"input_tokens": n * 7 % 5001, "output_tokens": n * 13 % 977, "cached_tokens": n % 3 * (n * 5 % 6000)}
        outcome = replace(world.outcome(world.intent(n)), cost_usd=cost_usd(rates, **tokens), **tokens)
        records.append(outcome)
    world.append(price, *records)
    land(world.home)
    table = named_query(world.home, "reprice")
    [row] = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    assert (row["attempts"], row["difference_usd"], row["attempts_that_differ"], row["attempts_without_price"]) == (
        200,
        Decimal(0),
        0,
        0,
    )
    assert row["cost_usd"] == sum(record.cost_usd for record in records)


@pytest.mark.parametrize(
    ("cached_rate", "cost"), [("0.0005", "0"), ("0.0015", "0.000000002"), ("0.0025", "0.000000002")]
)
def test_repricing_rounds_half_to_even(world, cached_rate: str, cost: str) -> None:
    price = replace(world.price(), cached=Decimal(cached_rate))
    outcome = replace(
        world.outcome(world.intent(1), cost_usd=Decimal(cost)), input_tokens=1, output_tokens=0, cached_tokens=1
    )
    world.append(price, outcome)
    land(world.home)
    assert query(world.home, "SELECT repriced_usd, difference_usd FROM repriced").rows == [(Decimal(cost), Decimal(0))]


def test_repricing_shows_a_wrong_cost_and_a_missing_price(world) -> None:
    other = replace(world.intent(2), price_id="none")
    world.append(world.price(), world.outcome(world.intent(1), cost_usd=Decimal("0.0002000001")), world.outcome(other))
    land(world.home)
    table = named_query(world.home, "reprice")
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    assert [(row["attempts_that_differ"], row["attempts_without_price"]) for row in rows] == [(0, 1), (0, 0)]
    world.append(world.outcome(world.intent(3), cost_usd=Decimal("0.000200001")))
    land(world.home)
    assert sum(row[6] for row in named_query(world.home, "reprice").rows) == 1


GRAINS = {  # those of marts are tested beside them
    "runs": ["run_id"],
    "calls": ["call_id"],
    "adopted_scores": ["call_id"],
    "prices": ["price_id", "valid_from"],
    "rates": ["price_id"],
}


@pytest.fixture(scope="module")
def busy(make_world):
    """Twenty calls with retries, fallbacks, two models, several scores and a resumed run."""
    world, everything = make_world(), []
    for n in range(20):
        first = replace(world.intent(n), model="large" if n % 3 else "small")
        second = replace(world.intent(n, attempt_no=2), model="small", is_fallback=True, fallback_from="large")
        records = [world.decision(n, model=first.model), world.failure(first), world.outcome(second)]
        scores = [world.score(n, n % 2, source=source, name=source) for source in ("check", "judge", "human")[: n % 4]]
        everything += [*records, *scores]
    world.append(*everything)
    start = world.run_started()
    world.append(start, replace(start, started_at=start.started_at + timedelta(hours=1)), world.price())
    land(world.home)
    return world.home


@pytest.mark.parametrize(("name", "keys"), GRAINS.items(), ids=GRAINS.keys())
def test_the_grain_of_every_view_is_unique(busy, name: str, keys: list[str]) -> None:
    keyed = ", ".join(keys)
    counts = query(busy, f"FROM {name} SELECT count(*), count(DISTINCT ({keyed}))").rows
    assert counts[0][0] == counts[0][1] > 0


def test_sums_of_attempts_calls_and_marts_are_equal(busy) -> None:
    sums = [
        query(busy, f"FROM {name} SELECT sum({column})").rows[0][0]
        for name, column in {
            "attempts": "cost_usd",
            "calls": "cost_usd",
            "cost_by_model_day": "cost_usd",
            "cost_by_job_run": "cost_usd",
        }.items()
    ]
    assert sums == [Decimal("0.004")] * 4


def test_shares_of_a_task_type_sum_to_one(busy) -> None:
    assert query(busy, "SELECT task_type, round(sum(share), 9) FROM route_share GROUP BY 1").rows == [("generate", 1.0)]


def test_the_frontier_leaves_out_what_is_beaten_on_both(world) -> None:
    for n, (model, cost, score) in enumerate(
        [("a", "0.1", 0.9), ("b", "0.2", 0.8), ("c", "0.05", 0.5), ("d", "0.3", 1.0)]
    ):
        world.append(
            world.outcome(replace(world.intent(n), model=model), cost_usd=Decimal(cost)), world.score(n, score)
        )
    land(world.home)
    rows = query(world.home, "SELECT model, is_on_frontier FROM frontier ORDER BY model").rows
    assert rows == [("a", True), ("b", False), ("c", True), ("d", True)]


def test_the_burn_of_a_budget_adds_up_minute_by_minute(world) -> None:
    late = world.intent(2, attempt_no=90)
    world.append(world.run_started(), world.outcome(world.intent(1)), world.outcome(late), world.intent(3))
    land(world.home)
    columns = "attempts_so_far, known_cost_so_far_usd, worst_cost_so_far_usd, burnt_share"
    assert query(world.home, f"FROM budget_burn SELECT {columns} ORDER BY minute").rows == [
        (2, Decimal("0.0002"), Decimal("0.0102"), 0.00004),
        (3, Decimal("0.0004"), Decimal("0.0104"), 0.00008),
    ]


READER = """
import duckdb, sys
n = last = 0
print(flush=True)
while last < int(sys.argv[2]):
    with duckdb.connect(sys.argv[1], read_only=True) as connection:
        count, calls = connection.execute("SELECT count(*), (SELECT count(*) FROM calls) FROM attempts").fetchone()
    assert count % 20 == 0 and count == calls and count >= last, (count, calls, last)
    n, last = n + 1, count
print(n)
"""


def test_readers_in_other_processes_never_fail_and_see_whole_batches_while_landing_goes_on(world) -> None:
    land(world.home)
    arguments = [sys.executable, "-c", READER, str(world.home.published), "200"]
    readers = [subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    for reader in readers:
        assert reader.stdout is not None
        reader.stdout.readline()
    for first in range(0, 200, 20):
        world.append(*(world.outcome(world.intent(n)) for n in range(first, first + 20)))
        land(world.home)
    for reader in readers:
        printed, _ = reader.communicate(timeout=60)
        assert reader.returncode == 0
        assert int(printed) > 0


def test_a_reader_keeps_what_it_opened(world) -> None:
    world.append(world.outcome(world.intent(1)))
    land(world.home)
    with duckdb.connect(world.home.published, read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM attempts").fetchall() == [(1,)]
        world.append(world.outcome(world.intent(2)))
        land(world.home)
        assert connection.execute("SELECT count(*) FROM attempts").fetchall() == [(1,)]


def test_threads_query_while_landing_goes_on(world) -> None:
    land(world.home)
    problems: list[Exception] = []

    def read() -> None:
        for _ in range(20):
            try:
                query(world.home, "SELECT count(*) FROM calls")
            except (BadInputError, WorkFailedError) as error:
                problems.append(error)

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for n in range(5):
        world.append(world.outcome(world.intent(n)))
        land(world.home)
    for thread in threads:
        thread.join()
    assert problems == []


def test_the_published_file_is_private(landed) -> None:
    assert stat.S_IMODE(landed.published.stat().st_mode) == 0o600
