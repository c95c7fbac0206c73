"""Judges as steps: what a step's `judge` stands for, after those that the file has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import ROUND_DOWN, Decimal

from tasks.jobs.judge_spec import JudgeSpec
from tasks.jobs.schema import Job
from tasks.jobs.steps import LlmStep, Prompt
from tasks.judges.prompts import instructions_of
from tasks.judges.rubric import Rubric, verdict_schema

JUDGE = "judge"  # the task type
PREFIX, SWAPPED = "judge_", "_swapped"
NANO = Decimal("0.000000001")
MAX_TEMPLATE = 20_000


class JudgeStep(LlmStep):
    """A step that a job's `judge` stands for, never written in a file: it judges `judged` by `rubric`.

    A pairwise judge has two, of which the second, `is_swapped`, shows the answers in the other order.
    """

    judged: LlmStep
    rubric: Rubric
    rubric_text: str
    is_swapped: bool = False

    @property
    def spec(self) -> JudgeSpec:
        """What the job says of it."""
        if self.judged.judge is None:
            raise TypeError(f"step {self.judged.name} has no judge")
        return self.judged.judge

    @property
    def is_last(self) -> bool:
        """Whether its verdict is the last that a score takes."""
        return self.spec.against is None or self.is_swapped


def judged_by(step: LlmStep) -> tuple[str, ...]:
    """The names of the steps that a step's judge stands for."""
    if step.judge is None:
        return ()
    name = f"{PREFIX}{step.name}"
    return (name,) if step.judge.against is None else (name, f"{name}{SWAPPED}")


def with_judges(job: Job, rubrics: Mapping[str, tuple[str, Rubric]]) -> Job:
    """The job with its judges' steps after its own; `rubrics` has text and content by the path in the job."""
    added = [one for step in job.steps if isinstance(step, LlmStep) for one in judge_steps(step, rubrics)]
    return job.model_copy(update={"steps": (*job.steps, *added)}) if added else job


def judge_steps(step: LlmStep, rubrics: Mapping[str, tuple[str, Rubric]]) -> Iterator[JudgeStep]:
    """The one step, or the two, that a step's judge stands for."""
    spec = step.judge
    needs: tuple[str, ...] = (step.name,)
    for number, name in enumerate(judged_by(step)):
        if spec is None:
            return
        text, rubric = rubrics[spec.rubric]
        is_pairwise = spec.against is not None
        told = instructions_of(rubric, is_pairwise=is_pairwise).replace("{", "(").replace("}", ")")
        yield JudgeStep(
            name=name,
            kind="llm",
            task_type=JUDGE,
            needs=needs,
            on_error="skip",
            # for forecasts of its size: what is sent is made by tasks/judges/prompts.py
            prompt=Prompt(user=told[:MAX_TEMPLATE]),
            output=verdict_schema(rubric, is_pairwise=is_pairwise),
            max_output_tokens=spec.max_output_tokens,
            policy=spec.policy,
            skills=spec.skills,
            tags=spec.tags,
            exploration=step.exploration,
            judged=step,
            rubric=rubric,
            rubric_text=text,
            is_swapped=number == 1,
        )
        needs = (*needs, name)


def without_judges(job: Job) -> Job:
    """The job as its file has it."""
    return job.model_copy(update={"steps": tuple(step for step in job.steps if not isinstance(step, JudgeStep))})


def rubric_texts(job: Job) -> Mapping[str, str]:
    """The text of every rubric, by its path in the job."""
    return {step.spec.rubric: step.rubric_text for step in job.steps if isinstance(step, JudgeStep)}


def budget_parts(job: Job, budget_usd: Decimal) -> Mapping[str | None, Decimal]:
    """How a run's money is parted: by the judged step what its judge may spend, and under None what the steps may."""
    parts: dict[str | None, Decimal] = {
        step.name: (budget_usd * Decimal(str(step.judge.budget_share))).quantize(NANO, ROUND_DOWN)
        for step in job.steps
        if isinstance(step, LlmStep) and step.judge is not None
    }
    return {**parts, None: budget_usd - sum(parts.values(), Decimal(0))} if parts else {None: budget_usd}
