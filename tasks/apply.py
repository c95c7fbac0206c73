"""The task *apply*: a transform step over a chunk, without any model."""

from __future__ import annotations

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.jobs.context import RenderError
from tasks.jobs.steps import TransformStep
from tasks.jobs.transforms import transform
from tasks.redaction.shielding import shielded
from tasks.requests import context_of, open_items
from tasks.results import ItemState, StepResult, save_results, settle_failure
from tasks.run_context import open_run


@task(task_run_name="apply {step} · chunk {chunk}", cache_policy=NO_CACHE)
@shielded
def apply(run: str, chunk: int, step: str) -> str:
    """Apply the step's operator to each item of a chunk; returns the path of the results."""
    context = open_run(run)
    path = context.folder.results(chunk, step)
    if not path.exists():
        states, left_out = open_items(context, chunk, step=step)
        applied = [apply_operator(state, context.transform_step(step)) for state in states]
        save_results(context.folder, chunk, step=step, results=[*left_out, *applied])
    return str(path)


def apply_operator(state: ItemState, step: TransformStep) -> StepResult:
    """The operator's output for one item."""
    try:
        return StepResult(state.item_id, "ok", transform(step, context_of(state)))
    except RenderError as error:
        return settle_failure(step, state.item_id, error=str(error))
