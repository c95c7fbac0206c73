"""A run before it is written down: everything read, checked and planned, nothing changed on disk."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from policies.catalogue_lint import lint_prices
from policies.categories import parse_categories
from policies.deciding import REFUSED
from policies.documents import Document
from policies.errors import BadInputError
from policies.rule_lint import lint_rules
from policies.rule_table import RuleTable
from policies.rules import parse_rules
from policies.types import Catalogue, RoutingState
from tasks.availability import unavailable_models
from tasks.batches import batch_hash, load_batch
from tasks.classifiers import needs_categories, needs_classifier, read_examples
from tasks.clock import now
from tasks.content import content_reader
from tasks.drifts import open_cells
from tasks.forecasts import Plan, forecast
from tasks.indexes import refuse_missing_reranker
from tasks.jobs.checks import Known
from tasks.jobs.corpora import locate_corpora
from tasks.jobs.field_lint import lint_fields
from tasks.jobs.judges import budget_parts
from tasks.jobs.paths import resolve_inside
from tasks.jobs.reading import job_hash, locate_job, read_text
from tasks.jobs.schema import Job
from tasks.jobs.servable import refuse_unknown_skills, step_error
from tasks.manifest import Manifest
from tasks.pinned_corpora import Gap, gaps_in
from tasks.predictors import InForce, predictor_in_force
from tasks.run_context import chosen_policies, load_catalogue
from tasks.run_request import RunRequest
from tasks.settings import Settings
from warehouse.batch import Item
from warehouse.home import Home
from warehouse.weights_in_force import WeightsInForce, weights_in_force


@dataclass(frozen=True, slots=True)
class Draft:
    """A run before it is written down: everything read and checked, nothing changed on disk.

    `warnings` say what is valid and probably not what was meant, a line each. `examples` are the files of the
    classifier's, by name; None where no request has to be classified.
    """

    manifest: Manifest
    job: Job
    job_text: str
    catalogue_text: str
    rules_text: str
    weights_text: str | None
    items: tuple[Item, ...]
    plan: Plan
    warnings: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    examples: Mapping[str, str] | None = None


def draft_run(request: RunRequest, settings: Settings, *, run_id: str) -> Draft:
    """Read and check all that a run is made of, and plan it."""
    roots = settings.allowed_roots
    catalogue = load_catalogue(settings.catalog_file)
    job_file = locate(request.job, roots, field="job")
    job_text = read_text(job_file)
    document = locate_job(job_text, Known.of(catalogue, base=job_file.parent, roots=roots), file=request.job)
    refuse_unknown_skills(document, catalogue)
    job = document.content
    gaps = check_corpora_files(job, base=job_file.parent, roots=roots)
    items = tuple(load_batch(request, job, roots=roots))
    rules_text = read_text(settings.rules_file)
    home = Home(settings.home.absolute())
    in_force = weights_in_force(home, at=now(), ttl=settings.weights_ttl)
    weights = in_force.weights
    predictor = predictor_in_force(home, weights)
    manifest = manifest_of(
        request,
        job,
        items,
        settings,
        run_id=run_id,
        job_file=job_file,
        in_force=in_force,
        drifted=open_cells(home, learned_to=in_force.learned_to, at=now()),
        predictor=predictor,
    )
    examples = read_examples(settings.examples_folder)
    categories = parse_categories(examples, catalogue=catalogue)
    table = parse_rules(rules_text, file=str(settings.rules_file), catalogue=catalogue, categories=categories)
    is_classified = needs_classifier(job, table)
    reader = content_reader(home, categories, table, is_classified=is_classified)
    policies = chosen_policies(job, request.policy, table=table, is_by_rules=in_force.is_lost)
    budget_usd = manifest.budget_usd
    for_steps = None if budget_usd is None else budget_parts(job, budget_usd)[None]
    state = RoutingState(unavailable_models(catalogue), for_steps, request.seed)
    plan = forecast(
        job,
        items,
        catalogue=catalogue,
        policies=policies,
        weights=weights,
        state=state,
        reader=reader,
        asked_at=now(),
        quality_floor=job.quality_floor if request.quality_floor is None else request.quality_floor,
        predictor=predictor,
        width=request.chunks_under_way,
    )
    refuse_plan(plan, document, request, policy_files=f"catalogue {catalogue.file}, rules {table.file}")
    warnings = (
        *lint_policy_files(table, catalogue),
        *lint_fields(document, items),
        *lint_floor(plan),
        *lint_weights(in_force),
        *lint_predictor(predictor),
    )
    return Draft(
        manifest=manifest,
        job=job,
        job_text=job_text,
        catalogue_text=read_text(settings.catalog_file),
        rules_text=rules_text,
        weights_text=in_force.document,
        items=items,
        plan=plan,
        warnings=warnings,
        gaps=gaps,
        examples=examples if needs_categories(job, table) else None,
    )


def manifest_of(
    request: RunRequest,
    job: Job,
    items: tuple[Item, ...],
    settings: Settings,
    *,
    run_id: str,
    job_file: Path,
    in_force: WeightsInForce,
    drifted: Mapping[str, tuple[str, ...]],
    predictor: InForce | None,
) -> Manifest:
    """What a run is pinned to."""
    return Manifest(
        run_id=run_id,
        job=job.name,
        job_file=str(job_file),
        job_hash=job_hash(job),
        weights_version=in_force.version,
        batch_hash=batch_hash(items),
        policy=request.policy,
        budget_usd=request.budget_usd or job.budget_usd,
        seed=request.seed,
        quality_floor=request.quality_floor,
        n_items=len(items),
        n_chunks=-(-len(items) // job.chunk_size),
        n_steps=len(job.steps),
        request=without_items(request).model_dump_json(),
        store_text=settings.store_text,
        roots=tuple(str(root) for root in settings.allowed_roots),
        rules_file=str(settings.rules_file.absolute()),
        weights_problem=in_force.problem,
        drifted=dict(drifted),
        predictor_problem=None if predictor is None else predictor.problem,
    )


def check_corpora_files(job: Job, *, base: Path, roots: tuple[Path, ...]) -> tuple[Gap, ...]:
    """Read every document of the job's corpora once: what can't be read is found before anything is sent.

    Returns the documents that the corpora can do without: those without text, and the unreadable ones that they skip.
    """
    from tasks.retrieval.opening import read_corpus

    gaps: list[Gap] = []
    for name, spec in locate_corpora(job, base=base, roots=roots).items():
        try:
            refuse_missing_reranker(spec)
            gaps += gaps_in(name, read_corpus(spec, roots)[1]) if spec.folder is not None else []
        except BadInputError as error:
            raise error.at(field=f"corpora.{name}") from error
    return tuple(gaps)


def locate(path: str, roots: tuple[Path, ...], *, field: str) -> Path:
    """A path of the request as a real one inside the roots; raises `BadInputError` that names the field."""
    try:
        return resolve_inside(path, roots)
    except BadInputError as error:
        raise error.at(field=field) from error


def refuse_budget(plan: Plan, document: Document[Job], *, is_jobs_own: bool, policy_files: str) -> None:
    """Raise where the budget, the job's own or the request's, can't hold even the cheapest plan."""
    if plan.problem is None:
        return
    problem = plan.problem if plan.cheapest_usd is not None else f"{plan.problem} ({policy_files})"
    if is_jobs_own:
        raise document.error(("budget_usd",), problem, value=f"{plan.budget_usd:f}")
    raise BadInputError(problem, field="budget_usd", value=f"{plan.budget_usd:f}")


def refuse_plan(plan: Plan, document: Document[Job], request: RunRequest, *, policy_files: str) -> None:
    """Raise for the first of a plan's reasons not to begin: deadline, floor, budget, a step that nothing may serve."""
    refuse_deadline(plan, document)
    refuse_floor(plan, document, is_jobs_own=request.quality_floor is None)
    refuse_budget(plan, document, is_jobs_own=request.budget_usd is None, policy_files=policy_files)
    refuse_unserved(plan, document, policy_files=policy_files)


def refuse_deadline(plan: Plan, document: Document[Job]) -> None:
    """Raise where the models' limits don't let all calls begin before the job's deadline, whichever serves which."""
    fit = plan.deadline
    if fit is None:
        return
    if plan.quality_floor is not None:
        raise document.error(("deadline_s",), "goes with no quality_floor", value=fit.deadline_s)
    if not fit.is_possible:
        problem = f"is too short: by the models' limits of requests, the calls take {math.ceil(fit.least_s)} s at least"
        raise document.error(("deadline_s",), problem, value=fit.deadline_s)


def refuse_floor(plan: Plan, document: Document[Job], *, is_jobs_own: bool) -> None:
    """Raise where no choice of models reaches the floor of quality, the job's own or the request's."""
    if plan.highest_floor is None:
        return
    problem = f"can't be reached: the highest that can is {plan.highest_floor:.4g}"
    if is_jobs_own:
        raise document.error(("quality_floor",), problem, value=plan.quality_floor)
    raise BadInputError(problem, field="quality_floor", value=f"{plan.quality_floor:g}")


def lint_policy_files(table: RuleTable, catalogue: Catalogue) -> list[str]:
    """What is valid in the rules and the catalogue, and can't be meant."""
    dead_rules = [finding for finding in lint_rules(table, catalogue) if finding.severity == "error"]
    return [str(finding) for finding in (*lint_prices(catalogue), *dead_rules)]


def lint_floor(plan: Plan) -> list[str]:
    """What a floor of quality can't do where no call is weighed against its price."""
    if plan.quality_floor is None or any(step.lambda_ is not None for step in plan.steps.values()):
        return []
    return [f"quality_floor {plan.quality_floor:g} changes nothing: no call is routed by performance"]


def lint_weights(in_force: WeightsInForce) -> list[str]:
    """What stands in for weights that can't be used."""
    return [] if in_force.problem is None else [in_force.problem]


def lint_predictor(predictor: InForce | None) -> list[str]:
    """What stands in for a predictor that can't be used."""
    if predictor is None or predictor.problem is None:
        return []
    return [f"predictor {predictor.name} can't be used, the means of the weights stand in: {predictor.problem}"]


def refuse_unserved(plan: Plan, document: Document[Job], *, policy_files: str) -> None:
    """Raise where nothing may serve a whole step, at the step's line, with each model's reason."""
    for name, step in plan.steps.items():
        if step.n_refused == step.n_requests:
            reasons = step.refused[0][0].removeprefix(REFUSED)
            raise step_error(document, name, f"no model may serve it: {reasons} ({policy_files})")


def without_items(request: RunRequest) -> RunRequest:
    """A request as a run may keep it: items that it carries itself are in the run's chunks, until it has ended."""
    return request if request.items is None else request.model_copy(update={"items": ()})
