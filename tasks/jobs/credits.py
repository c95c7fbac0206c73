"""Which step's score is an item's final one, and which steps are credited with it."""

from __future__ import annotations

from collections.abc import Mapping

from tasks.jobs.graph import ancestors, order_steps
from tasks.jobs.judges import JudgeStep
from tasks.jobs.schema import Job
from tasks.jobs.steps import LlmStep


def final_step(job: Job) -> str | None:
    """The job's `final_step`; else the last llm step with scorers or a judge, as steps run, or the last one.

    None where no step calls a model. The job has no cycle.
    """
    if job.final_step is not None:
        return job.final_step
    steps = [step for name in reversed(order_steps(job)) if isinstance(step := job.step(name), LlmStep)]
    steps = [step for step in steps if not isinstance(step, JudgeStep)]
    return next((step.name for step in steps if step.is_scored), steps[0].name if steps else None)


def credits_of(job: Job) -> Mapping[str, float]:
    """The weight of the final score in each llm step up to the final one; empty where no step is credited.

    It is 0 for a step that is not credited, whose models' effect on the final score is taken out all the same, and 1
    for the final step, whose own score it is: so that what the steps before gave it is not its models'. A final step
    with a cascade has 0, since what came of its first model's answers is in part another's.
    """
    final = final_step(job)
    if final is None or not any(isinstance(step, LlmStep) and step.credit for step in job.steps):
        return {}
    leading = ancestors(job)[final]
    weights = {step.name: step.credit for step in job.steps if isinstance(step, LlmStep) and step.name in leading}
    is_cascade = job.step(final).cascade is not None  # type: ignore[union-attr]  # an llm step
    return {**weights, final: 0.0 if is_cascade else 1.0}
