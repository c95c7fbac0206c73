"""What each mart's description says of it holds, on calls to which everything happens; and all sums are the same."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.warehouse.marts.busy_facts import busy_facts
from warehouse.mart_descriptions import column_comments, describe_mart, description_text, quoted
from warehouse.sql import grain_of, sql_names, sql_text

MARTS = sql_names("marts")
DESCRIBED = (*MARTS, *sql_names("totals"))
SUMS = """
SELECT
    (SELECT sum(cost_usd) FROM attempts) AS attempts,
    (SELECT sum(known_cost_usd) FROM calls) AS calls,
    (SELECT sum(known_cost_usd) FROM cost_by_model_day) AS cost_by_model_day,
    (SELECT sum(known_cost_usd) FROM cost_by_job_run) AS cost_by_job_run,
    (SELECT sum("pointsman.cost_usd") FROM otel_calls) AS otel_calls,
    (SELECT sum("BilledCost") FROM focus_charges) AS billed,
    (SELECT sum("EffectiveCost") FROM focus_charges) AS effective
"""
COUNTS = """
SELECT
    (SELECT count(*) FROM attempts) AS attempts,
    (SELECT sum(attempts) FROM calls) AS calls,
    (SELECT sum(attempts) FROM cost_by_model_day) AS cost_by_model_day,
    (SELECT sum(attempts) FROM cost_by_job_run) AS cost_by_job_run,
    (SELECT count(*) FROM otel_calls) AS otel_calls,
    (SELECT count(DISTINCT "x_AttemptId") FROM focus_charges) + (SELECT count(*) FROM uncosted_attempts) AS charges
"""


@pytest.fixture(scope="module")
def busy(make_ledger):
    """A ledger in which everything has happened; tests only read it."""
    ledger = make_ledger()
    facts = dict(busy_facts())
    facts["imported_usage"] = [{"model": "small", "n_requests": 2, "cost_usd": "0.5"}]
    ledger.fill(facts)
    return ledger


@pytest.mark.parametrize("mart", MARTS)
def test_a_mart_s_description_names_its_columns_in_their_order(busy, mart: str) -> None:
    rows = busy.rows(
        f"SELECT column_name, comment FROM duckdb_columns() WHERE table_name = '{mart}' ORDER BY column_index"
    )
    assert {row["column_name"]: row["comment"] for row in rows} == describe_mart(mart).columns
    assert [row["column_name"] for row in rows] == list(describe_mart(mart).columns)


def test_the_descriptions_of_totals_name_their_columns_in_their_order(busy) -> None:
    for total in sql_names("totals"):
        assert list(busy.rows(f"SELECT * FROM {total} LIMIT 1")[0]) == list(describe_mart(total).columns)


@pytest.mark.parametrize("mart", DESCRIBED)
def test_the_grain_of_a_mart_is_unique_and_there_are_rows(busy, mart: str) -> None:
    grain = ", ".join(quoted(column) for column in describe_mart(mart).grain)
    [counts] = busy.rows(f"SELECT count(*) AS n, count(DISTINCT row({grain})) AS n_different FROM {mart}")
    assert counts["n"] == counts["n_different"] > 0


@pytest.mark.parametrize("mart", MARTS)
def test_columns_that_are_never_null_are_never_null(busy, mart: str) -> None:
    for column in describe_mart(mart).not_null:
        assert busy.rows(f"SELECT * FROM {mart} WHERE {quoted(column)} IS NULL") == [], column


@pytest.mark.parametrize("mart", MARTS)
def test_values_are_accepted_ones(busy, mart: str) -> None:
    for column, values in describe_mart(mart).accepted.items():
        listed = ", ".join(f"'{value}'" for value in values)
        assert busy.rows(f"SELECT * FROM {mart} WHERE {quoted(column)} NOT IN ({listed})") == [], column


@pytest.mark.parametrize("mart", MARTS)
def test_references_lead_somewhere(busy, mart: str) -> None:
    for column, reference in describe_mart(mart).references.items():
        relation, key = reference.split(".")
        dangling = f"SELECT * FROM {mart} WHERE {quoted(column)} NOT IN (SELECT {key} FROM {relation})"
        assert busy.rows(dangling) == [], column


def test_every_mart_says_what_a_row_is_and_has_a_description() -> None:
    for mart in MARTS:
        assert grain_of(sql_text("marts", mart)).startswith("One row per ")
        assert description_text(mart), f"warehouse/marts/{mart}.yaml"


def test_a_comment_may_hold_quotes_and_dots_in_names() -> None:
    assert """COMMENT ON COLUMN otel_calls."error.type" IS 'class""" in column_comments("otel_calls")
    assert column_comments("no_such_mart") == ""


def test_sums_of_attempts_calls_marts_and_charges_are_equal(busy) -> None:
    [sums] = busy.rows(SUMS)
    [counts] = busy.rows(COUNTS)
    assert len(set(sums.values())) == 1, sums
    assert len(set(counts.values())) == 1, counts


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(n_calls=st.integers(0, 12), seed=st.integers(0, 2**32))
def test_sums_are_equal_for_any_history(empty_ledger_of, n_calls: int, seed: int) -> None:
    with empty_ledger_of(busy_facts(n_calls, seed=seed)) as ledger:
        [sums] = ledger.rows(SUMS)
        [counts] = ledger.rows(COUNTS)
        negative = ledger.rows('SELECT * FROM focus_charges WHERE "BilledCost" < 0 OR "ListCost" < 0')
        per_attempt = ledger.rows(BILLED_OTHERWISE)
        repriced = ledger.rows("SELECT * FROM repriced WHERE difference_usd <> 0")
    assert len({value or 0 for value in sums.values()}) == 1, sums
    assert len(set(counts.values())) == 1, counts
    assert (negative, per_attempt, repriced) == ([], [], [])


BILLED_OTHERWISE = """
SELECT attempt_id, any_value(cost_usd) AS cost_usd, sum("BilledCost") AS billed
FROM focus_charges
JOIN attempts ON attempt_id = "x_AttemptId"
GROUP BY attempt_id
HAVING billed <> any_value(cost_usd)
"""


@pytest.fixture
def empty_ledger_of(empty_ledger):
    """A context in which the ledger has some facts, and afterwards has none."""
    from contextlib import contextmanager

    from tests.warehouse.marts.conftest import Ledger

    @contextmanager
    def filled(facts):
        empty_ledger.execute("BEGIN")
        ledger = Ledger(empty_ledger)
        ledger.fill({table: rows for table, rows in facts.items() if rows})
        yield ledger
        empty_ledger.execute("ROLLBACK")

    return filled
