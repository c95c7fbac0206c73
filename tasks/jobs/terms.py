"""On which terms the calls of a step are weighed, as its job says."""

from __future__ import annotations

from dataclasses import replace

from policies.cascade.terms import SELF_CONSISTENCY, CascadeTerms
from policies.rule_table import RuleTable
from policies.terms import Terms
from tasks.jobs.schema import Job
from tasks.jobs.steps import CascadeSpec, LlmStep

SAMPLES, MEASURED = 3, 0.02  # where a job does not say


def terms_of_step(job: Job, step: LlmStep) -> Terms:
    """The job's terms; a step that forbids exploration does not try a model again either. λ is left to be found."""
    terms = Terms(latency_price=job.latency_price, exploration=job.exploration, cascade=check_of_step(step))
    return terms if step.exploration else replace(terms, exploration=0.0, probing=0.0)


def terms_under(job: Job, step: LlmStep, *, policy: str, table: RuleTable) -> Terms:
    """The same with a check where the policy, or one that rules name, asks for cascades and the step names none."""
    terms = terms_of_step(job, step)
    uses = policy == "cascade" or (policy == "rules" and table.has_cascades)
    return replace(terms, cascade=terms.cascade or default_check(step)) if uses else terms


def check_of_step(step: LlmStep) -> CascadeTerms | None:
    """The check that the step names for its cascades, by the name that the ledger has of it."""
    if step.cascade is not None and step.cascade.is_self_consistency:
        return self_consistency_of(step.cascade)
    spec = None if step.cascade is None else step.scorer_named(step.cascade.check)
    if step.cascade is None or spec is None:
        return None
    return CascadeTerms(spec.label, step.cascade.threshold, is_only_check=len(step.scorers) == 1)


def self_consistency_of(spec: CascadeSpec) -> CascadeTerms:
    """The check that asks the model again, with what the job leaves open filled in."""
    return CascadeTerms(
        SELF_CONSISTENCY,
        spec.threshold,
        samples=SAMPLES if spec.samples is None else spec.samples,
        measured=MEASURED if spec.measured is None else spec.measured,
    )


def default_check(step: LlmStep) -> CascadeTerms | None:
    """The first of the step's scorers, where a policy asks for cascades and the step names no check."""
    if not step.scorers:
        return None
    return CascadeTerms(step.scorers[0].label, is_only_check=len(step.scorers) == 1, is_asked=False)
