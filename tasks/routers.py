"""The router of a step's fallbacks: asked for one call at a time, with a record of each decision and its state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from policies.dither import WIDTH
from policies.selection import check_of, greedy, paced
from policies.types import Decision, Policy, Request, RoutingState
from tasks.availability import unavailable_models
from tasks.budgets import budget_of
from tasks.clock import now
from tasks.decisions import record_decision
from tasks.jobs.terms import terms_of_step
from tasks.pacing import scarcity_of
from tasks.pulses import process_pulses
from tasks.run_context import RunContext
from warehouse.records import Record


class FallbackRouter:
    """Decides anew without models that failed, by the policy and at the λ that a chunk was routed under; it explores no
    more.

    `record` is to be asked for the latest decision of a call, and finds the state that it was made in.
    """

    def __init__(self, context: RunContext, step: str, policy: Policy, *, lambda_: float | None = None) -> None:
        self._context, self._step, self._policy = context, step, paced(greedy(policy), lambda_)
        step_terms = terms_of_step(context.job, context.llm_step(step))
        terms = replace(step_terms, exploration=0.0, probing=0.0, cascade=check_of(policy))
        self._terms = terms if lambda_ is None else replace(terms, multiplier=lambda_, dither=WIDTH)
        self._states: dict[str, RoutingState] = {}

    def redecide(self, request: Request, unavailable: Mapping[str, str]) -> Decision:
        """Ask the router again for one request, without the models that are out of service (name to reason)."""
        context = self._context
        out = {**unavailable_models(context.catalogue), **unavailable}
        pulses = process_pulses().now(context.catalogue)
        unspent_usd = budget_of(context, self._step).unspent_usd
        state = RoutingState(out, unspent_usd, context.manifest.seed, pulses, scarcity_of(context))
        state = replace(state, weights_problem=context.weights_problem)
        (decision,) = self._policy.decide([request], context.catalogue, weights=context.weights, state=state)
        self._states[request.call_id] = state
        return decision

    def record(self, request: Request, decision: Decision, number: int) -> Record:
        """The decision as a fact; `number` counts the call's."""
        context = self._context
        return record_decision(
            request,
            decision,
            number=number,
            run_id=context.folder.run_id,
            catalogue_version=context.catalogue.version,
            decided_at=now(),
            state=self._states.pop(request.call_id, None),
            keep_text=context.keep_text,
            terms=self._terms,
        )
