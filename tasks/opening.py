"""The task *open*: a request becomes a run, pinned and cut into chunks; or an earlier run is taken up again."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from prefect import task
from prefect.cache_policies import NO_CACHE

from policies.errors import BadInputError
from policies.rules import rules_version
from tasks.batches import cut_chunks
from tasks.budgets import change_budget, journal_records, spent_usd
from tasks.clock import now
from tasks.drafting import Draft, draft_run
from tasks.finishing import finished_run
from tasks.indexes import index_name
from tasks.jobs.credits import credits_of, final_step
from tasks.jobs.judges import budget_parts, rubric_texts
from tasks.jobs.reading import read_text
from tasks.ledger import spool_of
from tasks.manifest import Manifest, folder_of, load_manifest, save_manifest
from tasks.pacing import save_pace
from tasks.redaction.shielding import shielded
from tasks.run_context import EXAMPLES, RunContext, open_run
from tasks.run_folder import RunFolder, write_bytes, write_lines
from tasks.run_request import RunRequest
from tasks.searches import index_price
from tasks.settings import load_settings, made_home
from warehouse.home import Home
from warehouse.records import PolicySeen, Priced, Record, RunStarted, StepCredit

# What a run of the same name must share, and what it is called.
PINNED = {
    "job_hash": "job",
    "batch_hash": "batch",
    "policy": "policy",
    "seed": "seed",
    "quality_floor": "quality floor",
}
# Older runs did not write down when they pinned their prices; so early, they close no period of another price.
PRICES_BEGIN = datetime(2020, 1, 1, tzinfo=UTC)


@task(task_run_name="open run", cache_policy=NO_CACHE)
@shielded
def open_batch(request: RunRequest, flow_run_id: str | None) -> str:
    """Check everything about a request, write the run's folder where there is none, and say that the run started.

    Returns the folder's path. Raises `BadInputError` for whatever is wrong with the request, before anything is sent:
    also for a budget that the cheapest plan exceeds, and for a run of that name with another job or batch.
    """
    settings = load_settings()
    home = made_home(Home(settings.home.absolute()))
    folder = folder_of(home.runs, request.run_id or "")
    if request.resume:
        change_limit(folder, load_manifest(folder), request=request)
    else:
        write_or_take_up(folder, draft_run(request, settings, run_id=folder.run_id), request=request)
    if finished_run(folder) is not None:
        return str(folder.path)
    context = open_run(str(folder.path))
    records: list[Record] = [*price_records(context), *policies_seen(context)]
    records.append(started(context, flow_run_id=flow_run_id))
    spool_of(home).append(*records).result()
    return str(folder.path)


def write_or_take_up(folder: RunFolder, draft: Draft, *, request: RunRequest) -> None:
    """Write a new run down, or take up the one of this name, if it is the same: only a new budget replaces the old."""
    if not folder.manifest.exists():
        write_run(folder, draft)
        return
    old, new = load_manifest(folder), draft.manifest
    for field, what in PINNED.items():
        if getattr(old, field) != getattr(new, field):
            raise BadInputError(f"there is a run of this name with another {what}", field="run_id", value=folder.run_id)
    change_limit(folder, old, request=request)


def change_limit(folder: RunFolder, old: Manifest, *, request: RunRequest) -> None:
    """Let a run go on with the request's budget, where it names one."""
    if request.budget_usd is not None and request.budget_usd != old.budget_usd and not folder.finished.exists():
        context = open_run(str(folder.path))
        refuse_spent(context, request.budget_usd)
        save_manifest(folder, old.model_copy(update={"budget_usd": request.budget_usd}))
        change_budget(folder.path, request.budget_usd, context.job)
        open_run.cache_clear()


def refuse_spent(context: RunContext, budget_usd: Decimal) -> None:
    """Raise where a run has spent more than its new budget: nothing could be done with it."""
    for judged, part in budget_parts(context.job, budget_usd).items():
        spent = spent_usd(journal_records(context, judged=judged))
        if spent > part:
            who = "the run has" if judged is None else f"the judge of step {judged} has"
            problem = f"{who} spent {spent:f} USD already, with the worst case where nobody knows the cost"
            raise BadInputError(problem, field="budget_usd", value=str(budget_usd))


def write_run(folder: RunFolder, draft: Draft) -> None:
    """Write the run's folder; the manifest comes last, so that a run is there whole or not at all."""
    for number, items in enumerate(cut_chunks(draft.items, draft.job.chunk_size)):
        write_lines(folder.items(number), [{"item_id": item.item_id, "fields": item.fields} for item in items])
    write_bytes(folder.job, draft.job_text.encode())
    write_bytes(folder.catalogue, draft.catalogue_text.encode())
    write_bytes(folder.rules, draft.rules_text.encode())
    if draft.examples is not None:
        write_bytes(folder.examples, EXAMPLES.dump_json(dict(draft.examples)))
    if rubrics := rubric_texts(draft.job):
        write_bytes(folder.rubrics, EXAMPLES.dump_json(dict(rubrics)))
    if draft.plan.pace is not None:
        save_pace(folder, draft.plan.pace)
    if draft.weights_text is not None:
        write_bytes(folder.weights, draft.weights_text.encode())
    save_manifest(folder, draft.manifest.model_copy(update={"opened_at": now()}))


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
        credits=tuple(
            StepCredit(step, final_step(context.job) or "", weight) for step, weight in credits_of(context.job).items()
        ),
    )


def policies_seen(context: RunContext) -> list[PolicySeen]:
    """The files that the run's decisions will rest on, as they were pinned."""
    rules, seen_at = read_text(context.folder.rules), now()
    catalogue = read_text(context.folder.catalogue)
    return [
        PolicySeen("rules", rules_version(rules), rules, seen_at),
        PolicySeen("catalogue", context.catalogue.version, catalogue, seen_at),
    ]


def price_records(context: RunContext) -> list[Priced]:
    """The prices that the run's attempts will name, each with when it was in force.

    The catalogue's are those of the moment that pinned it, also if the run is resumed when they have changed; LiteLLM's
    map is not pinned but installed, and says what is in force now.
    """
    pinned_at, read_at = context.manifest.opened_at or PRICES_BEGIN, now()
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
            valid_from=read_at if price.source == "litellm" else pinned_at,
        )
        for price in prices
    ]
