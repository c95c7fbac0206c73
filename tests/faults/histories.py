"""Random histories of calls, and what they must add up to, whatever order and batches they land in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
from hypothesis import strategies as st

from tests.faults.records import NOON, decision, intent, price, run_started, score
from warehouse.collecting import segment_of
from warehouse.landing import land_batch
from warehouse.migrating import migrate
from warehouse.records import AttemptStatus, CostSource, Intent, Outcome, Record
from warehouse.segments import encode

TABLES = "SELECT table_name FROM duckdb_tables() WHERE NOT temporary AND table_name <> 'migrations'"
MODELS = ("small", "large")
MAX_CALLS, MAX_ATTEMPTS = 6, 3
SUMS = """
SELECT
    (SELECT coalesce(sum(cost_usd), 0) FROM attempts),
    (SELECT coalesce(sum(known_cost_usd), 0) FROM calls),
    (SELECT coalesce(sum(known_cost_usd), 0) FROM cost_by_job_run),
    (SELECT coalesce(sum(known_cost_usd), 0) FROM cost_by_model_day),
    (SELECT coalesce(sum(BilledCost), 0) FROM focus_charges)
"""
COUNTS = """
SELECT
    (SELECT count(*) FROM attempts),
    (SELECT coalesce(sum(attempts), 0) FROM calls),
    (SELECT coalesce(sum(attempts), 0) FROM cost_by_job_run),
    (SELECT coalesce(sum(attempts), 0) FROM cost_by_model_day),
    (SELECT count(DISTINCT x_AttemptId) FROM focus_charges) + (SELECT count(*) FROM uncosted_attempts)
"""


@dataclass(frozen=True, slots=True)
class Ending:
    """How one attempt ended; no status at all where its process died. Priced costs are tokens times price."""

    status: AttemptStatus | None
    input_tokens: int | None
    output_tokens: int | None
    source: CostSource
    nanos: int  # what the provider says that it cost, where the source is the provider

    @property
    def cost_usd(self) -> Decimal | None:
        """The cost in the ledger: 1 USD in and 2 USD out per million tokens, or what the provider says."""
        if self.status is None or self.source == "unknown":
            return None
        if self.source == "provider":
            return Decimal(self.nanos) / 10**9
        return Decimal((self.input_tokens or 0) * 1_000 + (self.output_tokens or 0) * 2_000) / 10**9


TOKENS = st.integers(0, 100_000)
NO_TOKENS = st.just(0)
ANSWERED = st.builds(
    Ending, st.just("ok"), TOKENS, TOKENS, st.sampled_from(["priced", "provider"]), st.integers(0, 10**9)
)
UNPRICED = st.builds(
    Ending, st.sampled_from(["ok", "timeout"]), st.none() | TOKENS, st.none(), st.just("unknown"), NO_TOKENS
)
FREE = st.builds(
    Ending,
    st.sampled_from(["cached", "error", "rate_limited", "refused"]),
    NO_TOKENS,
    NO_TOKENS,
    st.just("priced"),
    NO_TOKENS,
)
DIED = st.just(Ending(None, None, None, "unknown", 0))
ENDINGS = st.lists(st.one_of(ANSWERED, UNPRICED, FREE, DIED), min_size=1, max_size=MAX_ATTEMPTS)
CALLS = st.lists(ENDINGS, min_size=1, max_size=MAX_CALLS)


@dataclass(frozen=True, slots=True)
class History:
    """Calls with their attempts, and the records of these as batches in which they land."""

    calls: Sequence[Sequence[Ending]]
    batches: Sequence[Sequence[Record]] = field(repr=False)

    @property
    def cost_usd(self) -> Decimal:
        """The sum of all known costs."""
        return sum((ending.cost_usd or Decimal(0) for endings in self.calls for ending in endings), Decimal(0))

    @property
    def n_attempts(self) -> int:
        """The number of all attempts."""
        return sum(map(len, self.calls))


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Calls of several attempts, with late scores; all records shuffled, some twice, cut into batches."""
    calls: list[list[Ending]] = draw(CALLS)
    records: list[Record] = [run_started(), price()]
    for n, endings in enumerate(calls):
        records += [decision(n), score(n)]
        for number, ending in enumerate(endings, 1):
            records += records_of_attempt(n, number, ending)
    twice: list[Record] = draw(st.lists(st.sampled_from(records), max_size=8))
    shuffled: list[Record] = draw(st.permutations(records + twice))
    cut: int = draw(st.integers(0, len(shuffled)))
    return History(calls, [batch for batch in (shuffled[:cut], shuffled[cut:]) if batch])


def attempt(n: int, number: int) -> Intent:
    """The nth call's attempts: the first at one model, later ones as fallbacks at another, some after midnight."""
    first = intent(n)
    model = MODELS[min(number - 1, 1)]
    return replace(
        first,
        attempt_id=f"attempt-{n}-{number}",
        model=model,
        attempt_no=number,
        is_fallback=number > 1,
        fallback_from="small" if number > 1 else None,
        started_at=NOON + timedelta(hours=5 * number, seconds=n),
    )


def records_of_attempt(n: int, number: int, ending: Ending) -> list[Record]:
    """An intent, and its outcome if it has one."""
    asked = attempt(n, number)
    if ending.status is None:
        return [asked]
    ended_at: datetime = asked.started_at + timedelta(seconds=1)
    tokens = (ending.input_tokens, ending.output_tokens, 0)
    return [
        asked,
        Outcome(asked, ending.status, None, None, *tokens, ending.cost_usd, ending.source, 1.0, 0.0, ended_at, None),
    ]


def open_ledger() -> duckdb.DuckDBPyConnection:
    """A ledger in memory with the schema of this code."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    migrate(connection, applied_at=NOON)
    return connection


def check_history(connection: duckdb.DuckDBPyConnection, history: History) -> None:
    """Land a history into an emptied ledger: attempts, calls, marts and FOCUS charges agree with it and each other."""
    for (table,) in connection.execute(TABLES).fetchall():
        connection.execute(f"DELETE FROM {table}")
    for number, records in enumerate(history.batches):
        data = b"".join(map(encode, records))
        landing = land_batch(connection, [segment_of(Path(f"{number}.jsonl"), data, is_abandoned=False)], NOON)
        assert landing.quarantined == 0
    assert connection.execute(SUMS).fetchall() == [(history.cost_usd,) * 5]
    assert connection.execute(COUNTS).fetchall() == [(history.n_attempts,) * 5]
