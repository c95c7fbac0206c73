"""The ledger against the provider's own account, and against what was acknowledged to the processes that wrote it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from pathlib import Path

from tests.faults.provider import Served, read_log
from warehouse.home import Home
from warehouse.query import query

OPEN = ("unknown", "timeout")  # nobody can tell whether the request was served
NANO = Decimal("0.000000001")
ATTEMPTS = """
SELECT prompt_text, attempt_id, status, model, input_tokens, output_tokens, cost_usd, reserved_usd
FROM attempts
ORDER BY prompt_text, started_at
"""
KEYS = {
    "intent": "SELECT attempt_id FROM attempts",
    "outcome": "SELECT attempt_id FROM attempts WHERE ended_at IS NOT NULL",
    "decision": "SELECT decision_id FROM decisions",
    "score": "SELECT score_id FROM scores",
}
SUMS = """
SELECT
    (SELECT sum(cost_usd) FROM attempts),
    (SELECT sum(known_cost_usd) FROM calls),
    (SELECT sum(known_cost_usd) FROM cost_by_job_run),
    (SELECT sum(known_cost_usd) FROM cost_by_model_day)
"""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt as the ledger has it."""

    attempt_id: str
    status: str
    model: str
    input_tokens: int | None
    output_tokens: int | None
    cost_usd: Decimal | None
    reserved_usd: Decimal


@dataclass(frozen=True, slots=True)
class Audit:
    """What the comparison came to; `complaints` must be empty. Money is USD.

    `unsettled_usd` is what the provider charged for attempts whose cost the ledger does not know (they died, were cut
    off, or were never answered), `reserved_usd` what the ledger holds for these and for those that never left.
    """

    n_acknowledged: int
    n_requests: int
    n_attempts: int
    n_unknown: int
    n_open: int
    n_lost: int
    n_duplicates: int
    provider_usd: Decimal
    ledger_usd: Decimal
    unsettled_usd: Decimal
    reserved_usd: Decimal
    complaints: Sequence[str]


def audit(home: Home, log: Path, acknowledged: Path, *, are_resumed: bool = False) -> Audit:
    """Compare everything; the home has been landed.

    Where calls were resumed, any of a call's attempts may have no outcome, or have ended before its request left.
    """
    attempts, served = attempts_by_prompt(home), served_by_prompt(log)
    complaints: list[str] = []
    pairs: list[tuple[Attempt, Served | None]] = []
    for prompt in sorted(attempts.keys() | served.keys()):
        paired = pair_up(attempts.get(prompt, []), served.get(prompt, []))
        about = complaints_about(paired, served.get(prompt, []), are_resumed=are_resumed)
        complaints += [f"{prompt}: {complaint}" for complaint in about]
        pairs += paired
    lost, n_acknowledged = lost_records(home, acknowledged)
    complaints += [f"acknowledged, but not there: {key}" for key in lost]
    complaints += complaints_about_the_whole(home)
    unsettled = [(attempt, request) for attempt, request in pairs if attempt.cost_usd is None]
    n_ids = len({attempt.attempt_id for attempt, _ in pairs})
    return Audit(
        n_acknowledged=n_acknowledged,
        n_requests=sum(map(len, served.values())),
        n_attempts=len(pairs),
        n_unknown=sum(attempt.status == "unknown" for attempt, _ in pairs),
        n_open=sum(attempt.status in OPEN for attempt, _ in pairs),
        n_lost=len(lost),
        n_duplicates=len(pairs) - n_ids,
        provider_usd=sum((request.charge * NANO for r in served.values() for request in r), Decimal(0)),
        ledger_usd=sum((attempt.cost_usd or Decimal(0) for attempt, _ in pairs), Decimal(0)),
        unsettled_usd=sum((request.charge * NANO for _, request in unsettled if request), Decimal(0)),
        reserved_usd=sum((attempt.reserved_usd for attempt, _ in unsettled), Decimal(0)),
        complaints=complaints,
    )


def attempts_by_prompt(home: Home) -> Mapping[str, list[Attempt]]:
    """The ledger's attempts at each prompt, in their order; every call of these tests has a prompt of its own."""
    found: dict[str, list[Attempt]] = defaultdict(list)
    for prompt, *values in query(home, ATTEMPTS).rows:
        found[str(prompt)].append(Attempt(*values))  # type: ignore[arg-type]  # the columns of ATTEMPTS
    return found


def served_by_prompt(log: Path) -> Mapping[str, list[Served]]:
    """The provider's requests with each prompt, in their order."""
    found: dict[str, list[Served]] = defaultdict(list)
    for served in read_log(log):
        found[served.prompt].append(served)
    return found


def pair_up(attempts: Sequence[Attempt], served: Sequence[Served]) -> list[tuple[Attempt, Served | None]]:
    """Each attempt with its request: a call sends one after the other, but some that are open may not have arrived."""
    unknown = [n for n, attempt in enumerate(attempts) if attempt.status in OPEN]
    n_unsent = max(0, len(attempts) - len(served))
    for unsent in reversed(list(combinations(unknown, n_unsent))):
        left = iter(served)
        pairs = [(attempt, None if n in unsent else next(left, None)) for n, attempt in enumerate(attempts)]
        if all(request is None or is_covered(attempt, request) for attempt, request in pairs):
            return pairs
    return [(attempt, served[n] if n < len(served) else None) for n, attempt in enumerate(attempts)]


def complaints_about(
    pairs: Sequence[tuple[Attempt, Served | None]], served: Sequence[Served], *, are_resumed: bool
) -> list[str]:
    """What is wrong with one call.

    Each request is an attempt; only the last attempt may have no outcome, for its process died, and only that one may
    have died before its request left; one that was given up may never have arrived. What the provider charged is the
    cost, or is covered by the reservation.
    """
    complaints = []
    if len(served) > len(pairs):
        complaints.append(f"{len(served)} requests, but {len(pairs)} attempts")
    for n, (attempt, request) in enumerate(pairs, 1):
        may_be_open = are_resumed or n == len(pairs)
        if attempt.status == "unknown" and not may_be_open:
            complaints.append(f"the outcome of attempt {n} of {len(pairs)} is lost")
        if request is None and not (attempt.status == "timeout" or (attempt.status == "unknown" and may_be_open)):
            complaints.append(f"attempt {n} ended as {attempt.status}, but the provider never had it")
        if request is not None and not is_covered(attempt, request):
            complaints.append(f"attempt {n} is {attempt}, but the request was {request}")
    return complaints


def is_covered(attempt: Attempt, request: Served) -> bool:
    """Whether an attempt accounts for its request."""
    if attempt.model != request.model:
        return False
    if attempt.cost_usd is None:
        return attempt.status in ("unknown", "error", "timeout") and attempt.reserved_usd >= request.charge * NANO
    is_same = (attempt.input_tokens, attempt.output_tokens) == (request.input_tokens, request.output_tokens)
    return attempt.cost_usd == request.charge * NANO and (is_same or attempt.status != "ok")


def lost_records(home: Home, acknowledged: Path) -> tuple[list[str], int]:
    """The acknowledged records that the ledger has not, and how many were acknowledged."""
    there = {kind: {row[0] for row in query(home, sql).rows} for kind, sql in KEYS.items()}
    keys = acknowledged.read_text().splitlines()
    return [key for key in keys if key.split()[1] not in there[key.split()[0]]], len(keys)


def complaints_about_the_whole(home: Home) -> list[str]:
    """What must hold of any ledger that was landed: all sums the same, nothing in quarantine, nothing left behind."""
    sums = query(home, SUMS).rows[0]
    complaints = [] if len(set(sums)) == 1 else [f"the sums of attempts, calls and marts differ: {sums}"]
    if refused := query(home, "SELECT segment, line, reason FROM quarantine").rows:
        complaints.append(f"in quarantine: {refused[:3]}")
    if left := [path.name for path in home.spool.iterdir() if path.suffix != ".new"]:
        complaints.append(f"left in the spool: {left[:3]}")
    return complaints
