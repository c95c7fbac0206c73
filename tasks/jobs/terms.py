"""On which terms the calls of a step are weighed, as its job says."""

from __future__ import annotations

from policies.terms import Terms
from tasks.jobs.schema import Job
from tasks.jobs.steps import LlmStep


def terms_of_step(job: Job, step: LlmStep) -> Terms:
    """The job's terms; a step that forbids exploration does not try a model again either. λ is left to be found."""
    if not step.exploration:
        return Terms(latency_price=job.latency_price, probing=0.0)
    return Terms(latency_price=job.latency_price, exploration=job.exploration)
