"""A run under a budget that binds: money goes where it buys most, follows what calls really cost, and holds."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal

from tasks.closing import close_run
from tasks.pacing import load_pace
from tasks.replaying import Library, replay_all
from tasks.run_folder import RunFolder
from tests.fakes.installations import JOB, Installation, open_folder, run_chunks
from tests.fakes.provider import ScriptedProvider
from warehouse.evidence import decisions_of
from warehouse.landing import land
from warehouse.query import query

Install = Callable[..., Installation]
N_ITEMS = 32
BUDGET_USD = Decimal("0.025")  # a quarter of what the large model alone is expected to cost


def answer(body: Mapping[str, object]) -> str:
    return json.dumps({"quote": "eat weeds"}) if "response_format" in body else "Ducks eat weeds " * 4


def rows_of(installation: Installation, sql: str) -> list[tuple[object, ...]]:
    return query(installation.home, sql).rows


def test_a_budget_that_binds_is_spread_over_the_run_and_never_exceeded(install: Install) -> None:
    with ScriptedProvider(answer=answer) as provider:
        installation = install(provider.base_url, n_items=N_ITEMS)
        catalogue = installation.catalogue.read_text()
        better = catalogue.replace("price: {input: 10,", "prior_quality: {default: 0.9}\n    price: {input: 10,")
        installation.catalogue.write_text(better)
        installation.job.write_text(JOB.replace("policy: rules", "policy: performance"))
        run = open_folder(installation.request(budget_usd=str(BUDGET_USD)))
        plan = load_pace(str(RunFolder(installation.home.runs / "run-1").pacing))
        run_chunks(run)
        close_run.fn(run, {})
    land(installation.home)
    assert plan is not None
    assert sorted(plan.steps) == ["answer", "cite"]
    spent = rows_of(installation, "SELECT sum(cost_usd) FROM attempts")[0][0]
    assert isinstance(spent, Decimal)
    assert Decimal("0.8") * BUDGET_USD <= spent <= BUDGET_USD
    models = (
        "SELECT model, count(DISTINCT item_id) > 4 FROM attempts WHERE provider = 'openai' GROUP BY ALL ORDER BY ALL"
    )
    assert rows_of(installation, models) == [("large", True), ("small", True)]
    paces = "SELECT count(DISTINCT state ->> 'lambda') > 4, bool_and((state ->> 'dither')::DOUBLE > 0) FROM decisions"
    assert rows_of(installation, f"{paces} WHERE policy = 'performance'") == [(True, True)]
    calls = [str(call) for (call,) in rows_of(installation, "SELECT DISTINCT call_id FROM decisions")]
    facts = [fact for call in calls for fact in decisions_of(installation.home, call)]
    assert {again.verdict for again in replay_all(facts, Library(installation.home))} == {"same"}


def test_a_floor_of_quality_spends_no_more_though_there_is_no_budget(install: Install) -> None:
    installation = install(n_items=8)
    better = installation.catalogue.read_text().replace(
        "price: {input: 10,", "prior_quality: {default: 0.9}\n    price: {input: 10,"
    )
    installation.catalogue.write_text(better)
    installation.job.write_text("quality_floor: 0.8\n" + JOB.replace("policy: rules", "policy: performance"))
    open_folder(installation.request())
    plan = load_pace(str(RunFolder(installation.home.runs / "run-1").pacing))
    assert plan is not None
    assert plan.least_lambda > 0
