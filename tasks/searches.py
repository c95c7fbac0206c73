"""A search's account: a call to the local index, free, decided by the job itself."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from policies.pricing import make_price
from policies.tokens import estimate_tokens
from policies.types import Candidate, Price
from tasks.identifiers import decision_id_of, digest
from tasks.texts import TextKeeper
from warehouse.records import DecisionMade, Intent, Outcome, Record

TASK_TYPE = "embed"
PROVIDER = "local"


@dataclass(frozen=True, slots=True)
class Search:
    """One search that was made: for which call, with which query, when and how long; `problem` is why it failed."""

    call_id: str
    run_id: str
    item_id: str
    step: str
    index: str
    query: str
    started_at: datetime
    ended_at: datetime
    latency_s: float
    problem: str | None = None


def index_price(index: str) -> Price:
    """The price of searching an index: nothing, as it runs in this process."""
    return make_price(index, input=Decimal(0), output=Decimal(0))


def search_records(search: Search, *, catalogue_version: str, keep_text: TextKeeper) -> Sequence[Record]:
    """The decision and the attempt of a search; keys are derived, so that recording it again adds nothing."""
    return decision_of(search, catalogue_version=catalogue_version), outcome_of(
        search, intent_of(search, keep_text=keep_text)
    )


def decision_of(search: Search, *, catalogue_version: str) -> DecisionMade:
    """The job's own choice of the index, with certainty."""
    return DecisionMade(
        decision_id=decision_id_of(search.call_id, 0),
        call_id=search.call_id,
        run_id=search.run_id,
        item_id=search.item_id,
        step=search.step,
        task_type=TASK_TYPE,
        policy="fixed",
        rule=None,
        model=search.index,
        propensity=1.0,
        explored=False,
        candidates=(Candidate(search.index, eligible=True, reason=""),),
        lambda_=None,
        weights_version=None,
        rules_version=None,
        catalogue_version=catalogue_version,
        refusal=None,
        features={"n_characters": len(search.query)},
        decided_at=search.started_at,
    )


def intent_of(search: Search, *, keep_text: TextKeeper) -> Intent:
    """The attempt as it began; nothing is reserved for what is free, and the query itself is not stored."""
    return Intent(
        attempt_id=digest("search", search.call_id),
        call_id=search.call_id,
        decision_id=decision_id_of(search.call_id, 0),
        run_id=search.run_id,
        item_id=search.item_id,
        step=search.step,
        task_type=TASK_TYPE,
        model=search.index,
        deployment=search.index,
        provider=PROVIDER,
        attempt_no=1,
        is_fallback=False,
        fallback_from=None,
        price_id=index_price(search.index).price_id,
        reserved_usd=Decimal(0),
        prompt_hash=keep_text.fingerprint(hashlib.sha256(search.query.encode()).hexdigest()),
        prompt_text=None,
        started_at=search.started_at,
    )


def outcome_of(search: Search, intent: Intent) -> Outcome:
    """The attempt as it ended."""
    return Outcome(
        intent=intent,
        status="ok" if search.problem is None else "error",
        error_type=None if search.problem is None else "search_failed",
        error_message=search.problem,
        input_tokens=estimate_tokens(search.query),
        output_tokens=0,
        cached_tokens=0,
        cost_usd=Decimal(0),
        cost_source="priced",
        latency_s=search.latency_s,
        queue_s=0.0,
        ended_at=search.ended_at,
    )
