"""What a run will probably cost, step by step, before its first call."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import partial

from policies.allocation.outlay import Outlay, Weighed, spread_money
from policies.deadlines import DeadlineFit, fit_deadline
from policies.pacing import PacePlan, pace_of
from policies.planning import NANO, StepPlan, add_up, plan_step
from policies.run_time import RunTime, expected_time
from policies.selection import paced
from policies.skills import IMAGE
from policies.tokens import estimate_tokens
from policies.types import Catalogue, Policy, Request, RoutingState, Weights
from policies.weighing import weigh
from tasks.content import NOTHING_ASKED, ContentReader
from tasks.foreseeing import foresee_some
from tasks.identifiers import call_id_of
from tasks.jobs.context import Context, RenderError
from tasks.jobs.graph import ancestors, order_steps
from tasks.jobs.images import is_reference, sources_of
from tasks.jobs.judges import JudgeStep
from tasks.jobs.schema import Job
from tasks.jobs.steps import LlmStep, RetrieveStep
from tasks.jobs.tags import tags_of
from tasks.jobs.templates import compile_template
from tasks.models.images import DATA
from tasks.predictors import InForce
from warehouse.batch import Item

CHARACTERS_PER_TOKEN = 4
MOST_FORESEEN = 1_000  # texts of a step: a plan is to be seen at once, and a vector takes 10 ms
TOKENS_PER_IMAGE = 1_000  # an image of some 750 x 750 pixels: files are not read for a forecast


@dataclass(frozen=True, slots=True)
class Plan:
    """The forecast of a run: one plan per llm step, in the job's order; USD, None where a price is unknown.

    `lambda_` is the quality that one USD more would buy, whichever step it goes to; None where no limit binds money to
    quality. `gap` is how far the choices may be from the best possible ones, relative to their value, or under a floor
    to their cost. `quality_floor` is the share of the best model's quality that was asked for; it costs `floor_usd` at
    least, or `highest_floor` is the highest that could be reached. `pace` is what a run spends its money by.
    `run_time` is how long it will probably take, None where no model is called. `deadline` is how the batch fits the
    job's deadline, if it has one.
    """

    steps: Mapping[str, StepPlan]
    budget_usd: Decimal | None
    lambda_: float | None = None
    gap: float | None = None
    quality_floor: float | None = None
    floor_usd: Decimal | None = None
    highest_floor: float | None = None
    pace: PacePlan | None = None
    run_time: RunTime | None = None
    deadline: DeadlineFit | None = None

    @property
    def margin_usd(self) -> Decimal | None:
        """Half of the 95 % interval of the expected cost; steps are taken as independent."""
        margins = [step.margin_usd for step in self.steps.values()]
        known = [margin for margin in margins if margin is not None]
        if len(known) < len(margins):
            return None
        return Decimal(math.sqrt(sum(float(margin) ** 2 for margin in known))).quantize(NANO)

    @property
    def expected_usd(self) -> Decimal | None:
        """What the run will probably cost, with one attempt per call."""
        return add_up(step.expected_usd for step in self.steps.values())

    @property
    def cheapest_usd(self) -> Decimal | None:
        """What it would cost with the cheapest model that may serve each call."""
        return add_up(step.cheapest_usd for step in self.steps.values())

    @property
    def problem(self) -> str | None:
        """Why the budget can't hold the run; None where it can, or there is none."""
        if self.budget_usd is None:
            return None
        if self.floor_usd is not None and self.floor_usd > self.budget_usd:
            return f"the quality floor of {self.quality_floor:g} costs {self.floor_usd:f} USD at least"
        if self.cheapest_usd is None:
            step = next(name for name, step in self.steps.items() if step.cheapest_usd is None)
            return f"the budget can't be kept: no model with a known price may serve step {step}"
        if self.cheapest_usd > self.budget_usd:
            return f"the budget is below the cheapest plan, which costs {self.cheapest_usd:f} USD"
        return None


def forecast(
    job: Job,
    items: Sequence[Item],
    *,
    catalogue: Catalogue,
    policies: Mapping[str, Policy],
    weights: Weights | None,
    state: RoutingState,
    reader: ContentReader = NOTHING_ASKED,
    asked_at: datetime | None = None,
    quality_floor: float | None = None,
    predictor: InForce | None = None,
    width: int = 4,
) -> Plan:
    """Plan each llm step on requests of the size that they will probably have; nothing is sent.

    The budget is the job's: one λ spreads it over the calls of all steps, and so does a floor of quality. `width` is
    how many chunks are to be under way at once.

    A later step's prompt holds outputs that are not there yet: passages count at their longest, answers at the step's
    limit, so the forecast is rather too high. A `predictor` looks at `MOST_FORESEEN` texts of each step.
    """
    asked_of = {
        step.name: reader.read(expected_requests(items, step, job=job, reader=reader, asked_at=asked_at))
        for step in job.steps
        if isinstance(step, LlmStep) and not isinstance(step, JudgeStep)  # a judge's money is set aside
    }
    requests = {
        name: foresee_some(asked, policies[name], predictor, most=MOST_FORESEEN) for name, asked in asked_of.items()
    }
    # What a floor is a share of is the best model's quality, also of one that the budget leaves out.
    seen = state if quality_floor is None else replace(state, remaining_usd=None)
    weigh_in = partial(weigh_steps, requests, job=job, catalogue=catalogue, policies=policies, weights=weights)
    weighed, deadline = weigh_in(state=seen), None
    budget_usd = state.remaining_usd
    money = None if budget_usd is None else float(budget_usd)
    if job.deadline_s is not None:
        deadline = fit_deadline(weighed, catalogue, deadline_s=job.deadline_s, budget_usd=money)
        if deadline.scarcity:
            state = replace(state, scarcity=deadline.scarcity)
            weighed = weigh_in(state=state)
    outlay = spread_money(weighed, budget_usd=money, floor=quality_floor)
    steps = {}
    for name, asked in requests.items():
        step_plan = plan_step(asked, catalogue, paced(policies[name], outlay.lambda_), weights, state)
        bought = outlay.marginals[name]
        steps[name] = replace(step_plan, last_per_usd=bought.last_per_usd, next_per_usd=bought.next_per_usd)
    return Plan(
        steps,
        budget_usd,
        lambda_=outlay.lambda_,
        gap=outlay.gap,
        quality_floor=quality_floor,
        floor_usd=None if outlay.floor_usd is None else Decimal(outlay.floor_usd).quantize(NANO),
        highest_floor=outlay.highest_floor,
        pace=pace_plan(job, weighed, outlay, steps=steps, n_items=len(items), scarcity=state.scarcity),
        deadline=deadline,
        run_time=expected_time(
            [stage for name in order_steps(job) if name in steps for stage in steps[name].stages],
            catalogue,
            n_items=len(items),
            chunk_size=job.chunk_size,
            width=width,
        ),
    )


def weigh_steps(
    requests: Mapping[str, Sequence[Request]],
    *,
    job: Job,
    catalogue: Catalogue,
    policies: Mapping[str, Policy],
    weights: Weights | None,
    state: RoutingState,
) -> dict[str, Weighed]:
    """What each step's policy would choose from for its requests."""
    return {
        name: weigh(asked, catalogue, policies[name], weights=weights, state=state, latency_price=job.latency_price)
        for name, asked in requests.items()
    }


def pace_plan(
    job: Job,
    weighed: Mapping[str, Weighed],
    outlay: Outlay,
    *,
    steps: Mapping[str, StepPlan],
    n_items: int,
    scarcity: Mapping[str, float],
) -> PacePlan | None:
    """What a run spends its money and its models' limits by; None where neither binds."""
    if outlay.lambda_ is None and not scarcity:
        return None
    sizes = [min(job.chunk_size, n_items - first) for first in range(0, n_items, job.chunk_size)]
    paces = {name: pace_of(step, chunk_sizes=sizes) for name, step in weighed.items()}
    dearest_usd = max((float(step.dearest_call_usd or 0) for step in steps.values()), default=0.0)
    least_lambda = 0.0 if outlay.floor_usd is None else outlay.lambda_ or 0.0
    return PacePlan(paces, least_lambda, dearest_usd, scarcity)


def expected_requests(
    items: Sequence[Item], step: LlmStep, *, job: Job, reader: ContentReader, asked_at: datetime | None
) -> list[Request]:
    """The requests that a step will probably make, with what rules may ask of them."""
    return [
        replace(expected_request(item, step, job=job), fields=reader.fields_of(item.fields), asked_at=asked_at)
        for item in items
    ]


def expected_request(item: Item, step: LlmStep, *, job: Job) -> Request:
    """The request that a step will probably make for an item."""
    own = " ".join(value for value in item.fields.values() if isinstance(value, str) and not value.startswith(DATA))
    template = f"{step.prompt.system or ''}\n{step.prompt.user}"
    inherited = sum(output_tokens(job, name) for name in ancestors(job)[step.name])
    n_images = sum(expected_images(entry, item) for entry in step.prompt.images)
    return Request(
        call_id=call_id_of("plan", item.item_id, step.name),
        item_id=item.item_id,
        step=step.name,
        task_type=step.task_type,
        text="\n".join(str(item.fields[name]) for name in job.input.text_fields) or own,
        input_tokens=estimate_tokens(template) + estimate_tokens(own) + inherited + n_images * TOKENS_PER_IMAGE,
        max_output_tokens=step.max_output_tokens,
        tags=tags_of(step, item.fields),
        needs=frozenset(step.skills) | ({IMAGE} if n_images else set()),
        prefers=frozenset(step.prefers),
        is_structured=step.output is not None,
        job=job.name,
    )


def expected_images(entry: str, item: Item) -> int:
    """How many images an entry of a prompt will probably give an item; one where that hangs on a step's output."""
    is_ready = entry.startswith("item.") if is_reference(entry) else not compile_template(entry).steps
    try:
        return len(list(sources_of(entry, Context(item.fields)))) if is_ready else 1
    except RenderError:
        return 0


def output_tokens(job: Job, name: str) -> int:
    """How many tokens a step's output can add to a later prompt."""
    step = job.step(name)
    if isinstance(step, RetrieveStep):
        return step.k * job.corpora[step.corpus].chunk_characters // CHARACTERS_PER_TOKEN
    return step.max_output_tokens if isinstance(step, LlmStep) else 0
