"""A search is accounted for like a call: free, decided by the job, under keys that stay the same."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from tasks.identifiers import call_id_of
from tasks.searches import Search, index_price, search_records
from tasks.texts import StoreText, text_keeper
from tests.fakes.desks import NOON, RUN_ID
from warehouse.records import DecisionMade, Outcome, Record

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


def records(store_text: StoreText) -> Sequence[Record]:
    return search_records(SEARCH, catalogue_version="c-test", keep_text=text_keeper(store_text))


def test_a_search_is_one_decision_and_one_free_attempt() -> None:
    decision, outcome = records("full")
    assert isinstance(decision, DecisionMade)
    assert isinstance(outcome, Outcome)
    assert (decision.model, decision.propensity, decision.call_id) == ("index:pond", 1.0, SEARCH.call_id)
    assert (outcome.cost_usd, outcome.cost_source, outcome.status) == (Decimal(0), "priced", "ok")
    assert outcome.intent.decision_id == decision.decision_id
    assert outcome.intent.price_id == index_price("index:pond").price_id
    assert outcome.latency_s == 0.25


def test_a_search_that_failed_is_a_free_attempt_of_that_status() -> None:
    failed = replace(SEARCH, problem="the reranker gave no scores")
    _, outcome = search_records(failed, catalogue_version="c-test", keep_text=text_keeper("full"))
    assert isinstance(outcome, Outcome)
    assert (outcome.status, outcome.error_type, outcome.cost_usd) == ("error", "search_failed", Decimal(0))
    assert outcome.error_message == "the reranker gave no scores"


def test_a_search_that_is_recorded_again_has_the_same_keys() -> None:
    assert records("full") == records("full")


def test_the_query_itself_is_not_in_the_records_and_its_hash_only_where_something_of_texts_is_kept() -> None:
    query_hash = hashlib.sha256(SEARCH.query.encode()).hexdigest()
    assert "ducks" not in str(records("full"))
    assert query_hash in str(records("full"))
    assert query_hash in str(records("hash"))
    assert query_hash not in str(records("none"))
