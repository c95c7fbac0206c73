"""The named queries about one run, and the audits that return nothing if all is well."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import duckdb

from warehouse.landing import land
from warehouse.query import named_query


def rows_of(home, name: str, **parameters: object) -> list[dict[str, object]]:
    table = named_query(home, name, parameters=parameters)
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def test_a_call_on_two_models_costs_each_what_was_tried_on_it_and_ends_on_one(world) -> None:
    first = replace(world.intent(1), model="large")
    second = replace(world.intent(1, attempt_no=2), is_fallback=True, fallback_from="large")
    failed = replace(world.outcome(first, cost_usd=Decimal("0.5")), status="error", latency_s=3.0)
    unknown = replace(world.intent(2), model="large")
    world.append(failed, world.outcome(second), world.score(1, 0.5), unknown)
    land(world.home)
    rows = {row["model"]: row for row in rows_of(world.home, "run_steps", run_id="run-1")}
    counts = ("calls", "attempts", "failures", "known_cost_usd", "cost_usd", "calls_of_unknown_cost", "mean_quality")
    assert {model: tuple(row[name] for name in counts) for model, row in rows.items()} == {
        "large": (1, 2, 1, Decimal("0.5"), None, 1, None),
        "small": (1, 1, 0, Decimal("0.0002"), Decimal("0.0002"), 0, 0.5),
    }
    assert rows["small"]["mean_latency_s"] == 3.5


def test_refusals_of_a_rule_are_one_row_whatever_each_says_of_its_request(world) -> None:
    refused = (replace(world.decision(n), model=None, refusal=f"{n} tokens are too many") for n in (2, 3))
    world.append(world.decision(1), *refused)
    land(world.home)
    rows = rows_of(world.home, "run_routes", run_id="run-1")
    assert [(row["model"], row["n"], row["refusal"]) for row in rows] == [
        (None, 2, "2 tokens are too many"),
        ("small", 1, None),
    ]


def test_a_run_s_savings_are_told_strongest_first(world) -> None:
    both = [
        replace(
            world.decision(1).candidates[0], model=model, eligible=True, p_quality=quality, p_cost_usd=Decimal(cost)
        )
        for model, quality, cost in (("small", 0.5, "0.0002"), ("large", 0.9, "0.002"))
    ]
    world.append(replace(world.decision(1), candidates=tuple(both)), world.outcome(world.intent(1)), world.score(1, 1))
    land(world.home)
    rows = rows_of(world.home, "run_savings", run_id="run-1")
    assert [(row["baseline"], row["cost_evidence"], row["predicted_savings_usd"]) for row in rows] == [
        ("strongest", "no overlap", Decimal("0.0018")),
        ("cheapest", "observed", Decimal(0)),
        ("random", "no overlap", Decimal("0.0009")),
    ]
    assert rows_of(world.home, "run_savings", run_id="another") == []


def test_the_audit_of_costs_returns_nothing_until_a_relation_disagrees(world) -> None:
    world.append(*world.everything(), world.imported(9))
    land(world.home)
    assert rows_of(world.home, "audit_costs") == []
    with duckdb.connect(world.home.published) as connection:
        connection.execute("CREATE OR REPLACE VIEW cost_by_model_day AS SELECT 1::DECIMAL(18, 9) AS known_cost_usd")
    assert rows_of(world.home, "audit_costs") == [
        {"relation": "cost_by_model_day", "known_cost_usd": Decimal(1), "attempts_usd": Decimal("0.001")}
    ]


def test_the_strongest_model_of_a_call_is_the_best_of_those_that_might_have_served_it(world) -> None:
    """The world's decisions are between `small`, predicted best, and `large`, which may not serve."""
    world.append(*(world.decision(n) for n in range(3)))
    intents = [world.intent(n) for n in range(3)]
    world.append(*map(world.outcome, intents[:2]), world.outcome(replace(intents[2], model="large")))
    land(world.home)
    rows = {row.pop("model"): row for row in rows_of(world.home, "compare_models", run_id="run-1")}
    assert {model: (row["n_calls"], row["n_strongest"]) for model, row in rows.items()} == {
        "small": (2, 2),
        "large": (1, 0),
    }
    assert rows["small"]["predicted_usd"] == rows["small"]["strongest_usd"] > 0
