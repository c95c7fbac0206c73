"""`pointsman run`, `resume`, `plan` and `demo`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from pydantic import ValidationError

from flows.commands.options import AsJson, RunId
from flows.progress import show_progress
from flows.reports import print_plan, print_run
from flows.signals import resumed_by
from policies.documents import sentence_of
from policies.errors import BadInputError, WorkFailedError
from tasks.clock import now
from tasks.closed import Closed, RunStoppedError
from tasks.drafting import Draft, draft_run
from tasks.manifest import RUN_ID, folder_of, load_request
from tasks.redaction.vault import redact
from tasks.run_request import RunRequest
from tasks.settings import check_home, current_home, load_settings

Job: TypeAlias = Annotated[str, typer.Argument(help="The job file.", metavar="JOB")]
Input: TypeAlias = Annotated[str, typer.Option("--input", "-i", help="The batch: JSON lines, CSV or Parquet.")]
Policy: TypeAlias = Annotated[str | None, typer.Option(help="Routing policy in place of the job's.")]
Budget: TypeAlias = Annotated[str | None, typer.Option("--budget-usd", help="The most that the run may spend.")]
Floor: TypeAlias = Annotated[
    float | None,
    typer.Option("--quality-floor", help="The share of the best model's quality to reach at the least cost."),
]
Sample: TypeAlias = Annotated[int | None, typer.Option(help="Only so many items, the same ones for the same seed.")]
Seed: TypeAlias = Annotated[int, typer.Option(help="Seed of every random choice.")]
Width: TypeAlias = Annotated[int, typer.Option("--chunks-under-way", help="Chunks that are worked on at once.")]


def run(
    job: Job,
    input: Input,  # the option is called so
    run_id: Annotated[str | None, typer.Option(help="Name of the run; the same name again resumes it.")] = None,
    policy: Policy = None,
    budget_usd: Budget = None,
    quality_floor: Floor = None,
    sample: Sample = None,
    seed: Seed = 0,
    chunks_under_way: Width = 4,
    as_json: AsJson = False,
) -> None:
    """Run a job over a batch, and print from the warehouse what it cost and how good it was."""
    request = build_request(
        job=job, input=input, run_id=run_id, policy=policy, budget_usd=budget_usd, sample=sample, seed=seed,
        quality_floor=quality_floor, chunks_under_way=chunks_under_way,
    )  # fmt: skip
    draft = check_request(request)
    execute(request.model_copy(update={"run_id": draft.manifest.run_id}), as_json=as_json)


def resume(run: RunId, budget_usd: Budget = None, as_json: AsJson = False) -> None:
    """Go on with a run that was killed, stopped, or out of money: what is finished is not done again."""
    folder = folder_of(current_home().runs, run)
    request = load_request(folder)
    changes = {"run_id": run, "resume": True, "budget_usd": None if budget_usd is None else amount_of(budget_usd)}
    execute(request.model_copy(update=changes), as_json=as_json)


def plan(
    job: Job,
    input: Input,  # the option is called so
    policy: Policy = None,
    budget_usd: Budget = None,
    quality_floor: Floor = None,
    sample: Sample = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Show what a run would cost, step by step, before any call."""
    request = build_request(
        job=job, input=input, run_id=None, policy=policy, budget_usd=budget_usd, sample=sample, seed=seed,
        quality_floor=quality_floor, chunks_under_way=4,
    )  # fmt: skip
    draft = check_request(request)
    print_plan(draft.plan, draft.gaps, as_json=as_json)


def demo(
    run_id: Annotated[str | None, typer.Option(help="Name of the runs; the same name again resumes them.")] = None,
    sample: Annotated[int, typer.Option(help="Items of the fixed sample for the comparison.", min=1, max=100)] = 10,
    as_json: AsJson = False,
) -> None:
    """Run the main job on its 100 questions, and compare what routing bought against simpler policies."""
    from flows.demo import run_demo  # brings in Prefect

    stem = run_id or f"demo-{now():%Y%m%d-%H%M%S}"
    with resumed_by(f"pointsman demo --run-id {stem}"):
        run_demo(run_id=stem, sample=sample, as_json=as_json)


def execute(request: RunRequest, *, as_json: bool) -> None:
    """Run the flow here, with a progress bar, and print the run's account; exit 1 where items failed."""
    home = current_home()
    with show_progress(folder_of(home.runs, request.run_id or "")):
        from flows.run_job import run_job  # brings in Prefect

        with resumed_by(f"pointsman resume {request.run_id}"), prefect_errors():
            closed, stop = run_or_stop(run_job, request)
    print_run(home, closed.run_id, outputs=Path(closed.outputs), as_json=as_json)
    if stop is not None:
        raise stop
    if closed.n_failed:
        raise WorkFailedError(f"{closed.n_failed} of {closed.n_items} items failed; {closed.outputs} says why")


def run_or_stop(flow: Callable[[RunRequest], Closed], request: RunRequest) -> tuple[Closed, RunStoppedError | None]:
    """What a run came to, and what stopped it where something did: its account is worth telling in either case."""
    try:
        return flow(request), None
    except RunStoppedError as stop:
        if stop.closed is None:
            raise
        return stop.closed, stop


@contextmanager
def prefect_errors() -> Iterator[None]:
    """Say in one line that Prefect's server can't be reached or started; Prefect raises bare RuntimeErrors for it."""
    try:
        yield
    except RuntimeError as error:
        if not str(error).startswith(("Failed to reach API", "Timed out")):
            raise
        raise WorkFailedError(f"Prefect: {error}") from error


def build_request(
    *,
    job: str,
    input: str,  # the option is called so
    run_id: str | None,
    policy: str | None,
    budget_usd: str | None,
    sample: int | None,
    seed: int,
    chunks_under_way: int,
    quality_floor: float | None = None,
) -> RunRequest:
    """The options as a request; raises `BadInputError` that names the option."""
    try:
        return RunRequest(
            job=job,
            input=input,
            run_id=run_id,
            policy=policy,
            budget_usd=None if budget_usd is None else amount_of(budget_usd),
            quality_floor=quality_floor,
            sample=sample,
            seed=seed,
            chunks_under_way=chunks_under_way,
        )
    except ValidationError as error:
        details = error.errors(include_url=False)[0]
        option = "--" + str(details["loc"][0]).replace("_", "-") if details["loc"] else None
        value = str(details["input"]) if isinstance(details["input"], Decimal) else details["input"]
        raise BadInputError(sentence_of(details), field=option, value=value) from error


def amount_of(text: str) -> Decimal:
    """An amount of money; raises `BadInputError` for what is no finite positive number of at most nine decimals."""
    try:
        # Python's Decimal would read `1_000` and digits of any script
        amount = Decimal(text if text.isascii() and "_" not in text else "?")
    except ArithmeticError as error:
        raise BadInputError("must be an amount in USD", field="--budget-usd", value=text) from error
    if not amount.is_finite() or amount <= 0:
        raise BadInputError("must be more than 0", field="--budget-usd", value=text)
    return amount


def check_request(request: RunRequest) -> Draft:
    """Everything that can be wrong with a request, found before Prefect starts and anything is written.

    What is valid and probably not meant is said on standard error.
    """
    settings = load_settings()
    check_home(current_home())
    run_id = f"{job_stem(request.job)}-{now():%Y%m%d-%H%M%S-%f}"[:100] if request.run_id is None else request.run_id
    folder_of(current_home().runs, run_id)
    draft = draft_run(request, settings, run_id=run_id)
    for warning in draft.warnings:
        typer.echo(f"pointsman: warning: {warning}", err=True)
    return draft


def job_stem(job: str) -> str:
    """The job file's name as the first part of a run's."""
    stem = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in redact(Path(job).stem))
    return stem if RUN_ID.fullmatch(stem) else "run"
