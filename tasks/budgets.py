"""The budgets of the runs that this process works on, restored from their journals after a crash."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path

from tasks.budget import Budget
from tasks.history import histories
from tasks.jobs.judges import JudgeStep, budget_parts
from tasks.jobs.schema import Job
from tasks.journal import read_journal
from tasks.run_context import RunContext
from warehouse.records import Record

_budgets: dict[tuple[str, str | None], Budget] = {}  # by the run's folder and the judged step
_lock = threading.Lock()


def budget_of(context: RunContext, step: str | None = None) -> Budget:
    """The one budget of a run in this process that a step spends from, with what earlier processes spent of it.

    All steps share one, but for judges: theirs is set aside from it, so that neither can spend what is the other's.
    """
    judged = judged_name(context.job, step)
    key = (str(context.folder.path), judged)
    with _lock:
        if key not in _budgets:
            limit_usd = context.manifest.budget_usd
            part = None if limit_usd is None else budget_parts(context.job, limit_usd)[judged]
            _budgets[key] = Budget(part, spent_usd=spent_usd(journal_records(context, judged=judged)))
        return _budgets[key]


def judged_name(job: Job, step: str | None) -> str | None:
    """The step whose answers `step` judges; None for any other step."""
    found = None if step is None else job.step(step)
    return found.judged.name if isinstance(found, JudgeStep) else None


def change_budget(run: Path, limit_usd: Decimal, job: Job) -> None:
    """Let a run that this process has worked on before go on with another budget."""
    with _lock:
        for judged, part in budget_parts(job, limit_usd).items():
            if (str(run), judged) in _budgets:
                _budgets[str(run), judged].change_limit(part)


def journal_records(context: RunContext, *, judged: str | None = None) -> Iterator[Record]:
    """Every record of the journals of a run's own steps, or of those of the judge of one."""
    for step in context.job.steps:
        if judged_name(context.job, step.name) == judged:
            for path in sorted(context.folder.path.glob(f"chunks/*/{step.name}.journal.jsonl")):
                yield from read_journal(path)


def spent_usd(records: Iterable[Record]) -> Decimal:
    """What attempts cost, and the worst case of those whose cost nobody knows."""
    attempts = [attempt for history in histories(records).values() for attempt in history.attempts]
    costs = [attempt.outcome.cost_usd if attempt.outcome else None for attempt in attempts]
    reserved = [attempt.intent.reserved_usd or Decimal(0) for attempt in attempts]
    return sum((r if c is None else c for c, r in zip(costs, reserved, strict=True)), Decimal(0))
