"""The budgets of the runs that this process works on, restored from their journals after a crash."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path

from tasks.budget import Budget
from tasks.history import histories
from tasks.journal import read_journal
from tasks.run_context import RunContext
from warehouse.records import Record

_budgets: dict[str, Budget] = {}
_lock = threading.Lock()


def budget_of(context: RunContext) -> Budget:
    """The one budget of a run in this process, with what earlier processes spent of it."""
    key = str(context.folder.path)
    with _lock:
        if key not in _budgets:
            _budgets[key] = Budget(context.manifest.budget_usd, spent_usd=spent_usd(journal_records(context)))
        return _budgets[key]


def change_budget(run: Path, limit_usd: Decimal) -> None:
    """Let a run that this process has worked on before go on with another budget."""
    with _lock:
        if str(run) in _budgets:
            _budgets[str(run)].change_limit(limit_usd)


def journal_records(context: RunContext) -> Iterator[Record]:
    """Every record of every journal of a run."""
    for path in sorted(context.folder.path.glob("chunks/*/*.journal.jsonl")):
        yield from read_journal(path)


def spent_usd(records: Iterable[Record]) -> Decimal:
    """What attempts cost, and the worst case of those whose cost nobody knows."""
    attempts = [attempt for history in histories(records).values() for attempt in history.attempts]
    costs = [attempt.outcome.cost_usd if attempt.outcome else None for attempt in attempts]
    reserved = [attempt.intent.reserved_usd or Decimal(0) for attempt in attempts]
    return sum((r if c is None else c for c, r in zip(costs, reserved, strict=True)), Decimal(0))
