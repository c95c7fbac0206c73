"""The task *close*: the run's outputs in one file, its end in the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.clock import now
from tasks.closed import Closed
from tasks.jobs.judges import JudgeStep
from tasks.ledger import spool_of
from tasks.redaction.shielding import shielded
from tasks.redaction.vault import redact
from tasks.results import ItemState, load_states
from tasks.run_context import RunContext, open_run
from tasks.run_folder import write_lines
from warehouse.records import RunEnded, RunStatus

UNFINISHED = "not finished"


@task(task_run_name="close run", cache_policy=NO_CACHE)
@shielded
def close_run(run: str, stopped: Mapping[int, str], is_cancelled: bool = False) -> Closed:
    """Gather the outputs of all chunks and say in the ledger how the run ended; `stopped` is which broke, and why."""
    context = open_run(run)
    rows = list(output_rows(context, stopped))
    write_lines(context.folder.outputs, rows)
    n_failed = sum(row["status"] != "ok" for row in rows)
    spool = spool_of(context.home)
    status: RunStatus = "cancelled" if is_cancelled else "failed" if stopped else "completed"
    spool.append(RunEnded(context.folder.run_id, status, now(), n_failed)).result()
    spool.seal()
    n_unfinished = sum(str(row["error"]).startswith(UNFINISHED) for row in rows)
    return Closed(context.folder.run_id, len(rows), n_failed, str(context.folder.outputs), n_unfinished)


def output_rows(context: RunContext, stopped: Mapping[int, str]) -> Iterator[dict[str, object]]:
    """One row per item, in the batch's order."""
    steps = [step.name for step in context.job.steps]
    shown = frozenset(step.name for step in context.job.steps if not isinstance(step, JudgeStep))
    for chunk in range(context.manifest.n_chunks):
        for state in load_states(context.folder, chunk, steps=steps):
            yield output_row(state, last=steps[-1], shown=shown, problem=stopped.get(chunk))


def output_row(state: ItemState, *, last: str, shown: frozenset[str], problem: str | None) -> dict[str, object]:
    """An item with what every step made of it; `error` names the step that gave it up, or what stopped its chunk.

    `shown` are the job's own steps: what judges say is in the ledger.
    """
    failed = next(((step, result.error) for step, result in state.results.items() if result.status == "failed"), None)
    is_done = failed is None and last in state.results
    unfinished = UNFINISHED if problem is None else f"{UNFINISHED}: {problem}"
    error = unfinished if failed is None else f"{failed[0]}: {failed[1]}"
    return {
        "item_id": state.item_id,
        "status": "ok" if is_done else "failed",
        "error": None if is_done else redact(error),
        "outputs": {step: result.output for step, result in state.results.items() if step in shown},
        "models": {step: result.model for step, result in state.results.items() if result.model and step in shown},
    }
