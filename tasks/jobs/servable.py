"""Whether some model of the catalogue may serve each step, whatever the items, the rules and the keys."""

from __future__ import annotations

from policies.documents import Document
from policies.eligibility import judge_eligibility
from policies.errors import BadInputError
from policies.skills import IMAGE, UNKNOWN, judge_skill
from policies.types import Catalogue, Request, RoutingState
from tasks.jobs.schema import Job
from tasks.jobs.steps import LlmStep


def refuse_unservable(document: Document[Job], catalogue: Catalogue) -> None:
    """Raise `BadInputError` at the first step that asks for more than any model has: skills, length, structure."""
    refuse_unknown_skills(document, catalogue)
    for step in document.content.steps:
        if isinstance(step, LlmStep):
            request = least_request(step, job=document.content.name)
            reasons = [(m.name, judge_eligibility(request, m, state=RoutingState())) for m in catalogue.models]
            if all(reason is not None for _, reason in reasons):
                told = "; ".join(f"{name}: {reason}" for name, reason in reasons)
                raise step_error(document, step.name, f"no model may serve it: {told} (catalogue {catalogue.file})")


def refuse_unknown_skills(document: Document[Job], catalogue: Catalogue) -> None:
    """Raise at the first skill that means nothing: one that no model has and that is no word of the vocabulary.

    A need that resembles none of what is known is left to the refusal that tells what each model lacks.
    """
    for number, step in enumerate(document.content.steps):
        for field in ("skills", "prefers") if isinstance(step, LlmStep) else ():
            for place, skill in enumerate(getattr(step, field)):
                problem = judge_skill(skill, catalogue)
                is_told_later = field == "skills" and problem == UNKNOWN
                if problem is not None and not is_told_later:
                    raise document.error(("steps", number, field, place), problem, value=skill)


def least_requests(job: Job) -> list[Request]:
    """What any request of each step that calls a model asks at least."""
    return [least_request(step, job=job.name) for step in job.steps if isinstance(step, LlmStep)]


def least_request(step: LlmStep, *, job: str) -> Request:
    """What any request of a step asks at least: its limits and needs, and a prompt of no length."""
    return Request(
        call_id="",
        item_id="",
        step=step.name,
        task_type=step.task_type,
        text="",
        input_tokens=0,
        max_output_tokens=step.max_output_tokens,
        needs=frozenset(step.skills) | ({IMAGE} if step.prompt.images else set()),
        tags=frozenset(step.tags),
        is_structured=step.output is not None,
        job=job,
    )


def step_error(document: Document[Job], name: str, problem: str) -> BadInputError:
    """An error at the line where a step begins, under its name."""
    number = next(i for i, step in enumerate(document.content.steps) if step.name == name)
    line = document.lines.get(("steps", number))
    return BadInputError(problem, file=document.file, line=line, field=f"steps.{name}")
