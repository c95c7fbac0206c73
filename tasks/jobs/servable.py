"""Whether some model of the catalogue may serve each step, whatever the items, the rules and the keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from policies.documents import Document
from policies.eligibility import judge_eligibility
from policies.errors import BadInputError, refuse
from policies.skills import IMAGE, UNKNOWN, judge_skill
from policies.types import Catalogue, Model, Request, RoutingState
from tasks.jobs.images import is_optional
from tasks.jobs.schema import Job
from tasks.jobs.steps import LlmStep

FIXED, RULES = "fixed:", "rules"  # policies, see `policies.selection`


def refuse_unservable(document: Document[Job], catalogue: Catalogue) -> None:
    """Raise `BadInputError` where a step asks for more than any model has."""
    refuse(unservable(document, catalogue))


def unservable(document: Document[Job], catalogue: Catalogue) -> Iterator[BadInputError]:
    """An error for each step that asks for more than any model has, or the one that it names."""
    unknown = list(unknown_skills(document, catalogue))
    yield from unknown
    if unknown:  # the refusals would only say the same
        return
    for step in document.content.steps:
        if isinstance(step, LlmStep):
            least = least_request(step, job=document.content.name)
            allowed = models_of(step, document.content, catalogue)
            reasons = reasons_of(least, allowed)
            if reasons is not None:
                yield step_error(document, step.name, f"no model may serve it: {reasons} (catalogue {catalogue.file})")
            elif step.prompt.images and (reasons := reasons_of(with_image(least), allowed)) is not None:
                problem = f"no model may serve an item with an image: {reasons} (catalogue {catalogue.file})"
                yield step_error(document, step.name, problem)


def models_of(step: LlmStep, job: Job, catalogue: Catalogue) -> Sequence[Model]:
    """The models that may serve a step: the one that its policy names, else all."""
    policy = step.policy or job.policy
    name = policy.removeprefix(FIXED)
    return (catalogue[name],) if policy.startswith(FIXED) and name in catalogue else catalogue.models


def reasons_of(request: Request, models: Sequence[Model]) -> str | None:
    """Why no model may serve a request; None where one may."""
    reasons = [(m.name, judge_eligibility(request, m, state=RoutingState())) for m in models]
    if any(reason is None for _, reason in reasons):
        return None
    return "; ".join(f"{name}: {reason}" for name, reason in reasons)


def refuse_unknown_skills(document: Document[Job], catalogue: Catalogue) -> None:
    """Raise `BadInputError` where a step names a skill that means nothing."""
    refuse(unknown_skills(document, catalogue))


def unknown_skills(document: Document[Job], catalogue: Catalogue) -> Iterator[BadInputError]:
    """An error for each skill that means nothing: one that no model has and that is no word of the vocabulary.

    A need that resembles none of what is known is left to the refusal that tells what each model lacks.
    """
    for number, step in enumerate(document.content.steps):
        for field in ("skills", "prefers") if isinstance(step, LlmStep) else ():
            for place, skill in enumerate(getattr(step, field)):
                problem = judge_skill(skill, catalogue)
                is_told_later = field == "skills" and problem == UNKNOWN
                if problem is not None and not is_told_later:
                    yield document.error(("steps", number, field, place), problem, value=skill)


def least_requests(job: Job) -> list[Request]:
    """What any request of each step that goes by rules asks at least."""
    return [least_request(step, job=job.name) for step in ruled_steps(job)]


def picture_requests(job: Job) -> list[Request]:
    """What requests of items with images ask at least, of each step by rules whose items may also have none."""
    return [
        with_image(least_request(step, job=job.name))
        for step in ruled_steps(job)
        if step.prompt.images and all(map(is_optional, step.prompt.images))
    ]


def ruled_steps(job: Job) -> Iterator[LlmStep]:
    """The steps whose calls are routed by rules."""
    steps = (step for step in job.steps if isinstance(step, LlmStep))
    return (step for step in steps if (step.policy or job.policy) == RULES)


def least_request(step: LlmStep, *, job: str) -> Request:
    """What any request of a step asks at least: its limits and needs, and a prompt of no length."""
    least = Request(
        call_id="",
        item_id="",
        step=step.name,
        task_type=step.task_type,
        text="",
        input_tokens=0,
        max_output_tokens=step.max_output_tokens,
        needs=frozenset(step.skills),
        tags=frozenset(step.tags),
        is_structured=step.output is not None,
        job=job,
    )
    return least if all(map(is_optional, step.prompt.images)) else with_image(least)


def with_image(request: Request) -> Request:
    """The same request with an image in its prompt."""
    return replace(request, needs=request.needs | {IMAGE})


def step_error(document: Document[Job], name: str, problem: str) -> BadInputError:
    """An error at the line where a step begins, under its name."""
    number = next(i for i, step in enumerate(document.content.steps) if step.name == name)
    line = document.lines.get(("steps", number))
    return BadInputError(problem, file=document.file, line=line, field=f"steps.{name}")
