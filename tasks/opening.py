"""The task *open*: a request becomes a run, pinned and cut into chunks; or an earlier run is taken up again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from prefect import task
from prefect.cache_policies import NO_CACHE

from policies.errors import BadInputError
from policies.rules import parse_rules
from policies.types import RoutingState
from policies.weights import parse_weights
from tasks.batches import batch_hash, cut_chunks, load_batch
from tasks.clock import now
from tasks.forecasts import Plan, forecast
from tasks.indexes import index_name
from tasks.jobs.checks import Known
from tasks.jobs.paths import resolve_inside
from tasks.jobs.reading import job_hash, parse_job, read_text
from tasks.jobs.schema import Job
from tasks.keys import missing_keys
from tasks.ledger import spool_of
from tasks.manifest import Manifest, folder_of, load_manifest, save_manifest
from tasks.run_context import RunContext, chosen_policies, load_catalogue, open_run
from tasks.run_folder import RunFolder, write_bytes, write_lines
from tasks.run_request import RunRequest
from tasks.searches import index_price
from tasks.settings import Settings, load_settings
from warehouse.batch import Item
from warehouse.home import Home
from warehouse.records import Priced, RunStarted
from warehouse.weights import live_weights

# A price is known by its content, so the first row that names it stands; when it came into force nobody says.
PRICES_BEGIN = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Draft:
    """A run before it is written down: everything read and checked, nothing changed on disk."""

    manifest: Manifest
    job: Job
    job_text: str
    catalogue_text: str
    rules_text: str
    weights_text: str | None
    items: tuple[Item, ...]
    plan: Plan


@task(task_run_name="open run", cache_policy=NO_CACHE)
def open_batch(request: RunRequest, default_run_id: str, flow_run_id: str | None) -> str:
    """Check everything about a request, write the run's folder where there is none, and say that the run started.

    Returns the folder's path. Raises `BadInputError` for whatever is wrong with the request, before anything is sent:
    also for a budget that the cheapest plan exceeds, and for a run of that name with another job or batch.
    """
    settings = load_settings()
    home = Home(settings.home.absolute()).create()
    folder = folder_of(home.runs, request.run_id or default_run_id)
    draft = draft_run(request, settings, run_id=folder.run_id)
    if folder.manifest.exists():
        take_up_again(folder, draft.manifest, request=request)
    else:
        write_run(folder, draft)
    context = open_run(str(folder.path))
    start_records = (*price_records(context), started(context, flow_run_id=flow_run_id))
    spool_of(home).append(*start_records).result()
    return str(folder.path)


def draft_run(request: RunRequest, settings: Settings, *, run_id: str) -> Draft:
    """Read and check all that a run is made of, and plan it."""
    roots = tuple(root.resolve() for root in settings.roots)
    catalogue = load_catalogue(settings.catalog_file)
    job_file = resolve_inside(request.job, roots)
    job_text = read_text(job_file)
    names = frozenset(model.name for model in catalogue.models)
    known = Known(catalogue.task_types, names, base=job_file.parent, roots=roots)
    job = parse_job(job_text, known, file=request.job)
    items = tuple(load_batch(request, job, roots=roots))
    rules_text = read_text(settings.rules_file)
    live = live_weights(Home(settings.home.absolute()))
    manifest = Manifest(
        run_id=run_id,
        job=job.name,
        job_file=str(job_file),
        job_hash=job_hash(job),
        weights_version=live[0] if live else None,
        batch_hash=batch_hash(items),
        policy=request.policy,
        budget_usd=request.budget_usd or job.budget_usd,
        seed=request.seed,
        n_items=len(items),
        n_chunks=-(-len(items) // job.chunk_size),
        store_text=settings.store_text,
        roots=tuple(str(root) for root in roots),
    )
    weights = parse_weights(live[1]) if live else None
    table = parse_rules(rules_text, file=str(settings.rules_file), catalogue=catalogue)
    policies = chosen_policies(job, request.policy, table=table)
    state = RoutingState(missing_keys(catalogue), manifest.budget_usd, request.seed)
    plan = forecast(job, items, catalogue=catalogue, policies=policies, weights=weights, state=state)
    refuse_problem(plan)
    catalogue_text = read_text(settings.catalog_file)
    return Draft(manifest, job, job_text, catalogue_text, rules_text, live[1] if live else None, items, plan)


def refuse_problem(plan: Plan) -> None:
    """Raise where the budget can't hold even the cheapest plan, or nothing may serve a whole step."""
    if plan.problem is not None:
        raise BadInputError(plan.problem, field="budget_usd", value=str(plan.budget_usd))
    for name, step in plan.steps.items():
        if step.n_refused == step.n_requests:
            raise BadInputError(f"no model may serve it: {step.refused[0][0]}", field=f"steps.{name}")


def take_up_again(folder: RunFolder, new: Manifest, *, request: RunRequest) -> None:
    """Check that a run of this name is the same run; a new budget replaces the old one."""
    old = load_manifest(folder)
    for field in ("job_hash", "batch_hash"):
        if getattr(old, field) != getattr(new, field):
            what = "job" if field == "job_hash" else "batch"
            raise BadInputError(f"there is a run of this name with another {what}", field="run_id", value=folder.run_id)
    if request.budget_usd is not None and request.budget_usd != old.budget_usd:
        save_manifest(folder, old.model_copy(update={"budget_usd": request.budget_usd}))


def write_run(folder: RunFolder, draft: Draft) -> None:
    """Write the run's folder; the manifest comes last, so that a run is there whole or not at all."""
    for number, items in enumerate(cut_chunks(draft.items, draft.job.chunk_size)):
        write_lines(folder.items(number), [{"item_id": item.item_id, "fields": item.fields} for item in items])
    write_bytes(folder.job, draft.job_text.encode())
    write_bytes(folder.catalogue, draft.catalogue_text.encode())
    write_bytes(folder.rules, draft.rules_text.encode())
    if draft.weights_text is not None:
        write_bytes(folder.weights, draft.weights_text.encode())
    save_manifest(folder, draft.manifest)


def started(context: RunContext, *, flow_run_id: str | None) -> RunStarted:
    """The record that a run begins, or goes on."""
    manifest = context.manifest
    return RunStarted(
        run_id=manifest.run_id,
        job=manifest.job,
        job_hash=manifest.job_hash,
        policy=manifest.policy or context.job.policy,
        weights_version=manifest.weights_version,
        budget_usd=manifest.budget_usd,
        started_at=now(),
        n_items=manifest.n_items,
        flow_run_id=flow_run_id,
    )


def price_records(context: RunContext) -> list[Priced]:
    """The prices that the run's attempts will name."""
    prices = [model.price for model in context.catalogue.models]
    prices += [index_price(index_name(corpus)) for corpus in context.job.corpora]
    return [
        Priced(
            price_id=price.price_id,
            model=price.model,
            input=price.input,
            output=price.output,
            cached=price.cached,
            batch_input=price.batch_input,
            batch_output=price.batch_output,
            is_notional=price.is_notional,
            valid_from=PRICES_BEGIN,
        )
        for price in prices
    ]
