"""A search is accounted for like a call: free, decided by the job, under keys that stay the same."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from tasks.identifiers import call_id_of
from tasks.searches import Search, index_price, search_records
from tests.fakes.desks import NOON, RUN_ID
from warehouse.records import DecisionMade, Outcome

SEARCH = Search(
    call_id=call_id_of(RUN_ID, "item-1", "find"),
    run_id=RUN_ID,
    item_id="item-1",
    step="find",
    index="index:pond",
    query="What do ducks eat?",
    started_at=NOON,
    ended_at=NOON + timedelta(seconds=1),
    latency_s=0.25,
)


def test_a_search_is_one_decision_and_one_free_attempt() -> None:
    decision, outcome = search_records(SEARCH, catalogue_version="c-test")
    assert isinstance(decision, DecisionMade)
    assert isinstance(outcome, Outcome)
    assert (decision.model, decision.propensity, decision.call_id) == ("index:pond", 1.0, SEARCH.call_id)
    assert (outcome.cost_usd, outcome.cost_source, outcome.status) == (Decimal(0), "priced", "ok")
    assert outcome.intent.decision_id == decision.decision_id
    assert outcome.intent.price_id == index_price("index:pond").price_id
    assert outcome.latency_s == 0.25


def test_a_search_that_is_recorded_again_has_the_same_keys() -> None:
    assert search_records(SEARCH, catalogue_version="c-test") == search_records(SEARCH, catalogue_version="c-test")


def test_the_query_itself_is_not_in_the_records() -> None:
    assert "ducks" not in str(search_records(SEARCH, catalogue_version="c-test"))
