"""The mart focus_charges has the columns of FOCUS 1.2, with their types and values, and its own under x_."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.warehouse.marts.busy_facts import busy_facts

COLUMNS = yaml.safe_load(Path(__file__).with_name("focus_1_2.yaml").read_text("utf-8"))["columns"]
TYPES = {"String": "VARCHAR", "KeyValue": "VARCHAR", "Decimal": "DECIMAL", "DateTime": "TIMESTAMP WITH TIME ZONE"}
LEVELS = {"Mandatory", "Conditional", "Recommended"}


@pytest.fixture(scope="module")
def charged(make_ledger):
    """Charges of all kinds; tests only read them."""
    ledger = make_ledger()
    ledger.fill(busy_facts(80))
    return ledger


def test_the_columns_are_those_of_focus_with_its_types_and_our_own_are_told_by_their_prefix(charged) -> None:
    listed = charged.rows(
        "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'focus_charges' ORDER BY column_index"
    )
    kinds = {row["column_name"]: str(row["data_type"]) for row in listed}
    own = [name for name in kinds if name not in COLUMNS]
    assert list(COLUMNS) == [name for name in kinds if name in COLUMNS]
    assert all(name.startswith("x_") and name[2:].isalnum() for name in own)
    assert {column["level"] for column in COLUMNS.values()} == LEVELS
    for name, column in COLUMNS.items():
        assert kinds[name].startswith(TYPES[column["type"]]), name


@pytest.mark.parametrize("name", COLUMNS)
def test_a_value_is_there_where_focus_demands_one_and_is_an_allowed_one(charged, name: str) -> None:
    column = COLUMNS[name]
    if not column["nullable"] or column.get("required"):
        assert charged.rows(f'SELECT * FROM focus_charges WHERE "{name}" IS NULL') == []
    if "values" in column:
        found = {row[name] for row in charged.rows(f'SELECT DISTINCT "{name}" FROM focus_charges')}
        assert found <= {*column["values"], None}
    if column["type"] == "String":
        assert charged.rows(f"""SELECT * FROM focus_charges WHERE trim("{name}") = ''""") == []


RULES = {
    "list cost is unit price times quantity": '"ListUnitPrice" * "PricingQuantity" <> "ListCost"',
    "contracted cost is unit price times quantity": '"ContractedUnitPrice" * "PricingQuantity" <> "ContractedCost"',
    "no metric of usage is below 0": 'least("BilledCost", "ListCost", "ConsumedQuantity", "PricingQuantity") < 0',
    "a billed cost is the list cost, rounded": 'abs("BilledCost" - "ListCost") > 0.000000001',
    "a period has a length": '"ChargePeriodEnd" <= "ChargePeriodStart" OR "BillingPeriodEnd" <= "BillingPeriodStart"',
    "a charge lies in its periods": '"x_StartedAt" < "ChargePeriodStart" OR "x_StartedAt" >= "ChargePeriodEnd"'
    ' OR "x_StartedAt" < "BillingPeriodStart" OR "x_StartedAt" >= "BillingPeriodEnd"',
    "tags are an object of JSON": "json_type(\"Tags\") <> 'OBJECT'",
    "units are told as FOCUS wants them": "\"PricingUnit\" NOT IN ('1000000 Tokens', 'Requests')",
}


@pytest.mark.parametrize("rule", RULES)
def test_no_charge_breaks_a_rule_of_focus(charged, rule: str) -> None:
    assert charged.rows(f"SELECT * FROM focus_charges WHERE {RULES[rule]}") == []


def test_a_price_that_changes_keeps_its_sku_and_each_sku_price_has_one_sku(ledger) -> None:
    ledger.fill(
        {
            "price_sightings": [{}, {"price_id": "q", "input": 2, "output": 10}],
            "attempts": [{"attempt_id": "a1"}, {"attempt_id": "a2", "price_id": "q", "cost_usd": "0.0004"}],
        }
    )
    skus = ledger.rows('SELECT "SkuPriceId", "SkuId", count(DISTINCT "x_PriceId") AS n FROM focus_charges GROUP BY ALL')
    assert sorted((row["SkuPriceId"], row["SkuId"], row["n"]) for row in skus) == [
        ("small: Input Tokens", "small: Input Tokens", 2),
        ("small: Output Tokens", "small: Output Tokens", 2),
    ]


def test_an_attempt_of_unknown_cost_is_no_charge_of_0_but_told_apart(charged) -> None:
    unknown = "SELECT attempt_id FROM attempts WHERE cost_usd IS NULL ORDER BY 1"
    assert charged.rows(unknown) == charged.rows("SELECT attempt_id FROM uncosted_attempts ORDER BY 1") != []
    assert charged.rows('SELECT * FROM focus_charges SEMI JOIN uncosted_attempts ON "x_AttemptId" = attempt_id') == []
