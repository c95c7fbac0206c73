"""The flow *run-job*: a job over a batch, from the request to the ledger."""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NoReturn
from uuid import UUID

import httpx
from prefect import Task, get_client, get_run_logger
from prefect.context import SettingsContext, get_settings_context
from prefect.exceptions import TerminationSignal
from prefect.futures import PrefectFuture
from prefect.runtime import flow_run
from prefect.settings import PREFECT_CLIENT_MAX_RETRIES
from prefect.task_runners import ThreadPoolTaskRunner

from flows.artifacts import publish_run
from flows.conveyor import Stage, convey
from flows.private_flow import private_flow
from flows.signals import SignalledError, heeded
from policies.errors import WorkFailedError
from tasks.apply import apply
from tasks.closed import Closed, RunStoppedError
from tasks.closing import close_run
from tasks.complete import complete
from tasks.finishing import finish_run, finished_run, tidy_run
from tasks.jobs.graph import order_steps
from tasks.landing import land_spool
from tasks.manifest import folder_of
from tasks.opening import open_batch
from tasks.redaction.shielding import clean_errors
from tasks.redaction.vault import redact
from tasks.retrieve import retrieve
from tasks.route import route
from tasks.run_context import RunContext, open_run
from tasks.run_folder import RunFolder
from tasks.run_lock import hold_run
from tasks.run_request import RunRequest
from tasks.score import score
from tasks.settings import current_home
from tasks.stopping import process_stop

STAGES = {"llm": (route, complete, score), "retrieve": (retrieve, score), "transform": (apply,)}


def name_flow_run() -> str:
    """The flow run's name in the UI: the job and the run."""
    request = flow_run.get_parameters()["request"]
    asked = request if isinstance(request, RunRequest) else RunRequest.model_validate(request)
    return redact(f"{Path(asked.job).stem} · {asked.run_id or default_run_id()}")


def default_run_id() -> str:
    """The run's name where the user gives none: the flow run's, which stays the same when Prefect runs it again."""
    return f"run-{flow_run.get_id()}"


@private_flow(
    name="run-job",
    flow_run_name=name_flow_run,
    task_runner=ThreadPoolTaskRunner(max_workers=8),
)
def run_job(request: RunRequest) -> Closed:
    """Run a job over a batch: every call routed, accounted for and scored; then landed, so that it can be queried.

    Raises `BadInputError` before anything is sent where the request is wrong, and `RunStoppedError` where chunks broke;
    what they had finished is kept, and the same `run_id` again goes on from there.
    """
    named = request if request.run_id is not None else request.model_copy(update={"run_id": default_run_id()})
    with clean_errors(), hold_run(folder_of(current_home().runs, named.run_id or "")):
        try:
            return work_through(named)
        except (KeyboardInterrupt, SignalledError, TerminationSignal):
            try_once()
            raise


def work_through(request: RunRequest) -> Closed:
    """Open the run and, unless it had finished before, work on it; land it, and show what it came to."""
    run = open_batch(request, flow_run_id=flow_run.get_id())
    folder = RunFolder(Path(run))
    closed = finished_run(folder)
    if closed is None:
        with heeded(process_stop()):
            return work_off(run, width=request.chunks_under_way)
    tidy_run(folder)
    land_spool()
    publish_run(closed, problem=None)
    return closed


def work_off(run: str, *, width: int) -> Closed:
    """Take a run's chunks through the stages, close it, land it, and show what it came to."""
    context = open_run(run)
    tag_flow_run(context)
    stopped: dict[int, str] = {}
    stop = process_stop()
    for end in convey(range(context.manifest.n_chunks), stages_of(context, run), width=width, stop=stop.reason):
        if end.problem is not None:
            get_run_logger().error("chunk %d stopped: %s", end.chunk, end.problem)
            stopped[end.chunk] = end.problem
    if stop.signal_number is not None:
        try_once()
        if stopped:
            cancel_run(run, stopped)
            raise_signal(stop.signal_number)
    closed = close_run(run, stopped=stopped)
    land_spool()
    problem = sentence_of_stop(closed, stopped, context) if stopped else None
    publish_run(closed, problem=problem)
    if problem is not None:
        raise RunStoppedError(problem, closed)
    finish_run(context.folder, closed)
    return closed


def cancel_run(run: str, stopped: Mapping[int, str]) -> None:
    """Say in the ledger that the run was cancelled, and land it if the ledger is free.

    Without Prefect: where Ctrl-C was pressed, its temporary server has had it too.
    """
    close_run.fn(run, stopped=stopped, is_cancelled=True)
    with suppress(WorkFailedError):  # what is in the spool lands another time
        land_spool.fn()


def raise_signal(number: int) -> NoReturn:
    """Let Prefect do with a signal what it would have done: the flow run ends as crashed, or as cancelled by the UI."""
    if number == signal.SIGTERM:
        raise TerminationSignal(signal=number)
    raise KeyboardInterrupt


def try_once() -> None:
    """From here on, ask Prefect's server for nothing twice: where Ctrl-C was pressed, a temporary one has ended too.

    Else a process that is to end would wait a minute for it.
    """
    context = get_settings_context()
    brief = context.settings.copy_with_update(updates={PREFECT_CLIENT_MAX_RETRIES: 0})
    SettingsContext(profile=context.profile, settings=brief).__enter__()  # and never left


def sentence_of_stop(closed: Closed, stopped: Mapping[int, str], context: RunContext) -> str:
    """What a run left undone, why, and how it goes on."""
    where = f"{len(stopped)} of {context.manifest.n_chunks} chunks stopped"
    left = f"{closed.n_unfinished} of {closed.n_items} items are not finished"
    money = "" if context.manifest.budget_usd is None else " --budget-usd USD"
    how = f"`pointsman resume {closed.run_id}{money}` goes on"
    return f"{where}, {left}; the first stop: {next(iter(stopped.values()))}; {how}"


def tag_flow_run(context: RunContext) -> None:
    """Tag the flow run with its job and policy.

    Its task runs carry no tags: for each tagged one Prefect asks the server for a concurrency slot, which made half of
    a fast job's time on its SQLite-backed server. Their names say task, step and chunk.
    """
    tags = [f"job:{context.job.name}", f"policy:{context.manifest.policy or context.job.policy}"]
    with suppress(httpx.HTTPError), get_client(sync_client=True) as client:  # a tag is not worth a run
        client.update_flow_run(UUID(flow_run.get_id()), tags=sorted({*flow_run.get_tags(), *tags}))


def stages_of(context: RunContext, run: str) -> Sequence[Stage]:
    """What is submitted for each chunk, in order: the tasks of each step, one task run per chunk and step."""

    def submit(task: Task[[str, int, str], str], step: str, chunk: int) -> PrefectFuture[str]:
        return task.submit(run, chunk, step)

    return [
        partial(submit, task, name) for name in order_steps(context.job) for task in STAGES[context.job.step(name).kind]
    ]
