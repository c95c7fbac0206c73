"""`pointsman route`: decide one request, and explain the decision; nothing is sent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated

import typer

from flows.commands.options import AsJson
from flows.printing import print_json
from policies.categories import parse_categories
from policies.errors import BadInputError
from policies.explanation import explain
from policies.rule_trace import tell_trace, trace
from policies.rules import parse_rules
from policies.selection import LEARNED, policy_named
from policies.skills import judge_skill
from policies.tokens import estimate_tokens
from policies.types import AUTO, UNROUTED_TASK_TYPES, Catalogue, Request, RoutingState, Scalar
from tasks.availability import unavailable_models
from tasks.classifiers import read_examples
from tasks.clock import now
from tasks.content import content_reader, scalar
from tasks.foreseeing import foresee
from tasks.identifiers import call_id_of
from tasks.jobs.blanks import is_blank
from tasks.jobs.reading import read_text
from tasks.predictors import predictor_in_force
from tasks.run_context import load_catalogue
from tasks.settings import current_home, load_settings
from warehouse.weights_in_force import weights_in_force

MAX_TRIED = 20  # lines: what still leaves the decision on one screen


def route(
    text: Annotated[str, typer.Option(help="The prompt.")],
    task_type: Annotated[
        str, typer.Option(help="What is asked of a model: classify, generate, extract, …; auto: as its text says.")
    ] = AUTO,
    policy: Annotated[str, typer.Option(help="Routing policy.")] = "rules",
    tag: Annotated[list[str] | None, typer.Option(help="A tag of the request; may be repeated.")] = None,
    field: Annotated[
        list[str] | None, typer.Option(help="A field of the item as NAME=VALUE in JSON or plain text; may be repeated.")
    ] = None,
    skill: Annotated[list[str] | None, typer.Option(help="A skill that the model must have; may be repeated.")] = None,
    prefer: Annotated[
        list[str] | None, typer.Option(help="A skill that orders models that are equal else; may be repeated.")
    ] = None,
    job: Annotated[str, typer.Option(help="The job that a rule may ask for.")] = "",
    step: Annotated[str, typer.Option(help="The step that a rule may ask for.")] = "",
    max_output_tokens: Annotated[int, typer.Option(min=1, max=1_000_000, help="Limit of the answer.")] = 256,
    seed: Annotated[int, typer.Option(min=0, help="Seed of every random choice.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Decide which model would serve a prompt, and say why, on one screen."""
    settings = load_settings()
    catalogue = load_catalogue(settings.catalog_file)
    check_task_type(task_type, catalogue)
    check_skills(skill or (), catalogue, option="--skill")
    check_skills(prefer or (), catalogue, option="--prefer")
    if is_blank(text):
        raise BadInputError("must not be empty", field="--text", value=text)
    categories = parse_categories(read_examples(settings.examples_folder), catalogue=catalogue)
    rules_file = settings.rules_file
    table = parse_rules(read_text(rules_file), file=str(rules_file), catalogue=catalogue, categories=categories)
    request = Request(
        call_id=call_id_of("route", text, task_type),
        item_id="",
        step=step,
        task_type=task_type,
        text=text,
        input_tokens=estimate_tokens(text),
        max_output_tokens=max_output_tokens,
        tags=frozenset(tag or ()),
        needs=frozenset(skill or ()),
        prefers=frozenset(prefer or ()),
        job=job,
        fields=fields_of(field or ()),
        asked_at=now(),
    )
    is_classified = task_type == AUTO or table.needs_categories
    (request,) = content_reader(current_home(), categories, table, is_classified=is_classified).read([request])
    in_force = weights_in_force(current_home(), at=now(), ttl=load_settings().weights_ttl)
    weights = in_force.weights
    chooser = policy_named("rules" if in_force.is_lost and policy in LEARNED else policy, table=table)
    if in_force.problem is not None:
        typer.echo(f"pointsman: warning: {in_force.problem}", err=True)
    (request,) = foresee([request], chooser, predictor_in_force(current_home(), weights))
    (decision,) = chooser.decide(
        [request],
        catalogue,
        weights=weights,
        state=RoutingState(unavailable_models(catalogue), seed=seed, weights_problem=in_force.problem),
    )
    sizes = f"{request.input_tokens} tokens in, at most {max_output_tokens} out"
    line = f"{task_type_line(request, asked=task_type)}, {sizes}: {text[:200]}"
    if as_json:
        print_json(decision)
    else:
        learned = weights.cells_of(request.task_type) if weights else {}
        typer.echo(explain(decision, request_line=line, learned=learned, forecast=request.forecast))
        tried = tell_trace(trace(table, request)) if decision.rule is not None else []
        if len(tried) <= MAX_TRIED:
            typer.echo("\n".join(["", *tried]).rstrip())


def check_task_type(task_type: str, catalogue: Catalogue) -> None:
    """Raise for a task type that no request can have."""
    routed = (catalogue.task_types - UNROUTED_TASK_TYPES) | {AUTO}
    if task_type not in routed:
        known = ", ".join(sorted(routed))
        raise BadInputError(f"unknown task type; known are {known}", field="--task-type", value=task_type)


def check_skills(skills: Sequence[str], catalogue: Catalogue, *, option: str) -> None:
    """Raise at the first skill that is none."""
    for one in skills:
        if (problem := judge_skill(one, catalogue)) is not None:
            raise BadInputError(problem, field=option, value=one)


def fields_of(given: Sequence[str]) -> dict[str, Scalar]:
    """The item's fields as they were given; a value that is no JSON is its text."""
    fields = {}
    for one in given:
        name, separator, text = one.partition("=")
        if not (name and separator):
            raise BadInputError("must be NAME=VALUE", field="--field", value=one)
        try:
            fields[name] = scalar(json.loads(text))
        except ValueError:
            fields[name] = text
    return fields


def task_type_line(request: Request, *, asked: str) -> str:
    """The task type, and what the classifier made of the text, if it was asked."""
    if request.category_confidence is None:
        return request.task_type
    sure = f"{request.category} with confidence {request.category_confidence:.2f}" if request.category else "nothing"
    verdict = "too little: ambiguous" if request.is_ambiguous else "sure enough"
    return f"{request.task_type if asked == AUTO else asked} (classified as {sure}, {verdict})"
