"""Records of new calls, as runs write them, to be landed into a large ledger."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import md5
from random import Random

from policies.features import StateValue
from policies.types import Candidate
from warehouse.home import Home
from warehouse.records import DecisionMade, Intent, Outcome, Record, RunStarted, Scored
from warehouse.spool import Spool

STARTED = datetime(2026, 11, 24, 6, tzinfo=UTC)
MODELS = (("gpt-large", "openai"), ("gpt-small", "openai"), ("claude-small", "anthropic"), ("gemini-flash", "gemini"))
RECORDS_OF_CALL = 4


def spool_new(home: Home, n_records: int, *, run_id: str = "run-new") -> None:
    """Append so many records (a multiple of four) of one run to a home's spool, sealed."""
    with Spool(home) as spool:
        spool.append(RunStarted(run_id, "job-1", "h", "hybrid", None, Decimal(500), STARTED, n_records, None))
        for n in range(n_records // RECORDS_OF_CALL):
            spool.append(*records_of(run_id, n))


def records_of(run_id: str, n: int) -> Iterator[Record]:
    """The decision, intent, outcome and score of one call."""
    random = Random(n)
    model, provider = MODELS[int(4 * random.random() ** 2)]
    call_id, started = key(run_id, "call", n), STARTED + timedelta(seconds=0.05 * n)
    candidates = tuple(
        Candidate(
            name, True, "" if name == model else "lower utility", round(random.random(), 6),
            Decimal(random.randrange(10**6)) / 10**9, 0.8, random.random(),
        )
        for name, _ in MODELS[:3]
    )  # fmt: skip
    where = (
        run_id,
        f"item-{n // 3}",
        ("rewrite", "answer", "check")[n % 3],
        ("rewrite", "generate", "classify")[n % 3],
    )
    features = {"job": "job-1", "tags": "", "needs": "", "n_characters": 400 + n % 97, "input_tokens": 100 + n % 31}
    yield DecisionMade(
        key(run_id, "decision", n), call_id, *where, "hybrid", "default", model, 0.95, False, candidates, 0.25, "w-1",
        "r-1", "c-1", None, features, started, state=state_of(n), fallbacks=tuple(one.model for one in candidates[1:]),
    )  # fmt: skip
    intent = Intent(
        key(run_id, "attempt", n), call_id, key(run_id, "decision", n), *where, model, f"{model}-eu", provider, 1,
        False, None, f"p-{model}", Decimal("0.01"), key(run_id, "prompt", n) * 2, None, started,
    )  # fmt: skip
    yield intent
    cost = Decimal(random.randrange(10**7)) / 10**9
    ended = started + timedelta(seconds=0.4 + random.random())
    yield Outcome(
        intent, "ok", None, None, 100 + n % 31, 20 + n % 7, 0, cost, "priced", (ended - started).total_seconds(), 0.001,
        ended,
    )  # fmt: skip
    yield Scored(key(run_id, "score", n), call_id, "exact", "1", "check", float(n % 3 > 0), None, None, ended)


def state_of(n: int) -> dict[str, StateValue]:
    """What the router knew at call `n`: the same for a chunk of fifty items."""
    return {"unavailable": {}, "remaining_usd": f"{500 - n // 50 / 1000:.9f}", "seed": 0, "lambda": 0.25}


def key(*parts: object) -> str:
    """128 bits in hex, as the ids of calls are."""
    return md5(repr(parts).encode(), usedforsecurity=False).hexdigest()
