"""Small records with fixed keys, so that what was written twice is seen to be there once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import chain

from policies.types import Candidate
from warehouse.records import DecisionMade, Intent, Outcome, Priced, Record, RunStarted, Scored

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
COST_USD, RESERVED_USD = Decimal("0.000012345"), Decimal("0.001")


def run_started() -> RunStarted:
    """The run that all these records are of."""
    return RunStarted("run-1", "faults", "hash", "rules", None, None, NOON, 1, None)


def price() -> Priced:
    """The price that all these attempts are priced with."""
    return Priced("price-1", "small", Decimal(1), Decimal(2), None, None, None, False, NOON)


def intent(n: int) -> Intent:
    """The intent of the only attempt at call `n`."""
    started_at = NOON + timedelta(seconds=n)
    keys = (f"attempt-{n}", f"call-{n}", f"decision-{n}", "run-1", f"item-{n}", "answer", "generate")
    where = ("small", "small-1", "openai", 1, False, None, "price-1", RESERVED_USD)
    return Intent(*keys, *where, "00" * 32, f"prompt {n}", started_at)


def outcome(n: int) -> Outcome:
    """Its answer."""
    asked = intent(n)
    ended_at = asked.started_at + timedelta(seconds=0.5)
    return Outcome(asked, "ok", None, None, 10, 5, 0, COST_USD, "priced", 0.5, 0.0, ended_at, "an answer " * 20)


def decision(n: int) -> DecisionMade:
    """The decision that it went by."""
    candidates = (Candidate("small", eligible=True, reason=""),)
    where = (f"decision-{n}", f"call-{n}", "run-1", f"item-{n}", "answer", "generate")
    why = ("rules", "default", "small", 1.0, False, candidates, None, None, "rules-1", "catalogue-1", None)
    return DecisionMade(*where, *why, {"input_tokens": 10}, NOON)


def score(n: int) -> Scored:
    """A judgement of its answer."""
    return Scored(f"score-{n}", f"call-{n}", "exact", "1", "check", 1.0, None, None, NOON)


def records_of(numbers: range) -> Sequence[Record]:
    """All four records of some calls."""

    def all_of(n: int) -> Iterator[Record]:
        yield from (decision(n), intent(n), outcome(n), score(n))

    return list(chain.from_iterable(map(all_of, numbers)))
