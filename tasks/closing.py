"""The task *close*: the run's outputs in one file, its end in the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.clock import now
from tasks.ledger import spool_of
from tasks.redaction.shielding import shielded
from tasks.results import ItemState, load_states
from tasks.run_context import RunContext, open_run
from tasks.run_folder import write_lines
from warehouse.records import RunEnded


@dataclass(frozen=True, slots=True)
class Closed:
    """How a run ended: its items, those that failed, and where the outputs are."""

    run_id: str
    n_items: int
    n_failed: int
    outputs: str


@task(task_run_name="close run", cache_policy=NO_CACHE)
@shielded
def close_run(run: str, problems: int) -> Closed:
    """Gather the outputs of all chunks and say in the ledger how the run ended; `problems` is the chunks that broke."""
    context = open_run(run)
    rows = list(output_rows(context))
    write_lines(context.folder.outputs, rows)
    n_failed = sum(row["status"] != "ok" for row in rows)
    spool = spool_of(context.home)
    spool.append(RunEnded(context.folder.run_id, "failed" if problems else "completed", now(), n_failed)).result()
    spool.seal()
    return Closed(context.folder.run_id, len(rows), n_failed, str(context.folder.outputs))


def output_rows(context: RunContext) -> Iterator[dict[str, object]]:
    """One row per item, in the batch's order."""
    steps = [step.name for step in context.job.steps]
    for chunk in range(context.manifest.n_chunks):
        for state in load_states(context.folder, chunk, steps=steps):
            yield output_row(state, last=steps[-1])


def output_row(state: ItemState, *, last: str) -> dict[str, object]:
    """An item with what every step made of it; `error` names the step that gave it up."""
    failed = next(((step, result.error) for step, result in state.results.items() if result.status == "failed"), None)
    is_done = failed is None and last in state.results
    error = "not finished" if failed is None else f"{failed[0]}: {failed[1]}"
    return {
        "item_id": state.item_id,
        "status": "ok" if is_done else "failed",
        "error": None if is_done else error,
        "outputs": {step: result.output for step, result in state.results.items()},
        "models": {step: result.model for step, result in state.results.items() if result.model},
    }
