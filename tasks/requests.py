"""Which items a step takes up, and what it asks for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from policies.skills import IMAGE
from policies.tokens import estimate_tokens
from policies.types import BUILT_IN_TASK_TYPES, Request
from tasks.accounts import TEMPLATE_TOKENS_PER_MESSAGE
from tasks.content import NOTHING_ASKED, ContentReader
from tasks.identifiers import call_id_of
from tasks.jobs.blanks import is_blank
from tasks.jobs.context import Context, RenderError
from tasks.jobs.graph import ancestors
from tasks.jobs.images import NO_FILES, ImageReader, render_images
from tasks.jobs.judges import JudgeStep
from tasks.jobs.prompts import render, render_shown
from tasks.jobs.schema import Job
from tasks.jobs.steps import LlmStep
from tasks.jobs.tags import tags_of
from tasks.judges.judging import judging_messages
from tasks.judges.sampling import is_sampled
from tasks.models.client import Message
from tasks.results import ItemState, StepResult, load_states, settle_failure
from tasks.run_context import RunContext


@dataclass(frozen=True, slots=True)
class Call:
    """A call that is ready to be routed: its request and its messages."""

    request: Request
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """The calls of a step of a chunk, and the results of the items that need none."""

    calls: tuple[Call, ...]
    settled: tuple[StepResult, ...]


def open_items(context: RunContext, chunk: int, *, step: str) -> tuple[list[ItemState], list[StepResult]]:
    """The items that a step works on, and the results of those that it must leave out.

    A failed item goes no further and has no result here; where a step that is needed was skipped, so is this one. A
    judge leaves out what it was not to look at.
    """
    names = [one.name for one in context.job.steps]
    states = [s for s in load_states(context.folder, chunk, steps=names) if not s.is_failed]
    needed = ancestors(context.job)[step]
    left_out = [
        StepResult(state.item_id, "skipped", error=f"step {missing} was skipped")
        for state in states
        if (missing := skipped_step(state, needed)) is not None
    ]
    spec = context.job.step(step)
    if isinstance(spec, JudgeStep):
        gone = {result.item_id for result in left_out}
        left_out += unjudged([s for s in states if s.item_id not in gone], spec, seed=context.manifest.seed)
    out = {result.item_id for result in left_out}
    return [state for state in states if state.item_id not in out], left_out


def unjudged(states: Sequence[ItemState], step: JudgeStep, *, seed: int) -> list[StepResult]:
    """The results of items whose answers a judge does not look at: no sample, or no model's answer."""
    results = []
    for state in states:
        if not is_sampled(state.item_id, step.judged, seed=seed):
            results.append(StepResult(state.item_id, "skipped", error="it is not in the judge's sample"))
        elif (judged := state.results.get(step.judged.name)) is None or judged.status != "ok":
            results.append(StepResult(state.item_id, "skipped", error="there is no answer to judge"))
    return results


def skipped_step(state: ItemState, needed: frozenset[str]) -> str | None:
    """The first step that this one needs and that was skipped for the item."""
    return next(
        (name for name in sorted(needed) if name in state.results and state.results[name].status == "skipped"), None
    )


def context_of(state: ItemState) -> Context:
    """What templates and scorers see of an item."""
    return Context(item=state.fields, steps=state.outputs)


def prepare_calls(
    states: Sequence[ItemState],
    step: LlmStep,
    *,
    job: Job,
    run_id: str,
    reader: ContentReader = NOTHING_ASKED,
    task_types: frozenset[str] = frozenset(BUILT_IN_TASK_TYPES),
    asked_at: datetime | None = None,
    images: ImageReader = NO_FILES,
) -> Prepared:
    """Render each item's prompt; an item whose prompt can't be rendered, or an image of it not be sent, gets its
    result instead of a call."""
    calls: list[Call] = []
    settled: list[StepResult] = []
    for state in states:
        try:
            messages = render_messages(step, context_of(state), images=images)
            said = "" if step.category is None else render(step.category, context_of(state))
        except RenderError as error:
            settled.append(settle_failure(step, state.item_id, error=str(error)))
        else:
            request = request_of(state, step, messages=messages, job=job, run_id=run_id)
            request = replace(request, fields=reader.fields_of(state.fields), asked_at=asked_at)
            if step.category is not None:
                request = reader.told(request, said, task_types=task_types)
            calls.append(Call(request, messages))
    read = reader.read([call.request for call in calls])
    calls = [Call(request, call.messages) for request, call in zip(read, calls, strict=True)]
    return Prepared(tuple(calls), tuple(settled))


def render_messages(step: LlmStep, context: Context, *, images: ImageReader = NO_FILES) -> tuple[Message, ...]:
    """The messages of a call, without a system message that is blank; raises `RenderError` for a blank prompt."""
    if isinstance(step, JudgeStep):
        return judging_messages(step, context, task=render_messages(step.judged, context, images=images))
    text = render_shown(step.prompt.user, context, what="prompt")
    user = Message("user", text, render_images(step.prompt.images, context, images))
    system = "" if step.prompt.system is None else render(step.prompt.system, context)
    return (user,) if is_blank(system) else (Message("system", system), user)


def request_of(state: ItemState, step: LlmStep, *, messages: tuple[Message, ...], job: Job, run_id: str) -> Request:
    """What the router sees of a call; one that has images needs a model that takes them."""
    n_image_tokens = sum(image.tokens for message in messages for image in message.images)
    return Request(
        call_id=call_id_of(run_id, state.item_id, step.name),
        item_id=state.item_id,
        step=step.name,
        task_type=step.task_type,
        text=text_of(state, job) or messages[-1].content,
        input_tokens=sum(estimate_tokens(m.content) + TEMPLATE_TOKENS_PER_MESSAGE for m in messages) + n_image_tokens,
        max_output_tokens=step.max_output_tokens,
        tags=tags_of(step, state.fields),
        needs=frozenset(step.skills) | ({IMAGE} if n_image_tokens else set()),
        prefers=frozenset(step.prefers),
        is_structured=step.output is not None,
        job=job.name,
    )


def text_of(state: ItemState, job: Job) -> str:
    """The item's own words: what rules read, and not the passages that a prompt carries besides."""
    return "\n".join(str(state.fields[name]) for name in job.input.text_fields if name in state.fields)
