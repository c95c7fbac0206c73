"""On which terms the calls of a step are weighed, as its job says."""

from __future__ import annotations

from policies.terms import Terms
from tasks.jobs.schema import Job
from tasks.jobs.steps import LlmStep


def terms_of_step(job: Job, step: LlmStep) -> Terms:
    """The job's terms; a step that forbids exploration has none. λ is left to be found."""
    return Terms(latency_price=job.latency_price, exploration=job.exploration if step.exploration else 0.0)
