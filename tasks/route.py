"""The task *route*: all requests of a step of a chunk, decided together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from prefect import task
from prefect.cache_policies import NO_CACHE

from policies.allocation.curve import curve_of
from policies.candidates import write_down
from policies.dither import WIDTH
from policies.selection import check_of, paced
from policies.types import UNROUTED_TASK_TYPES, Decision, Policy, Request, RoutingState
from policies.weighing import weigh
from tasks.attempts import BudgetExhaustedError
from tasks.availability import unavailable_models
from tasks.budgets import budget_of
from tasks.clients import process_traffic
from tasks.clock import clock_s, now
from tasks.decisions import record_decision
from tasks.foreseeing import foresee, written
from tasks.jobs.judges import JudgeStep
from tasks.jobs.terms import terms_of_step
from tasks.ledger import spool_of
from tasks.pacing import expected_usd, pacer_of, scarcity_of
from tasks.pulses import process_pulses
from tasks.redaction.shielding import shielded
from tasks.requests import open_items, prepare_calls
from tasks.routes import Routed, Routes, load_routes, save_routes
from tasks.run_context import RunContext, open_run
from tasks.run_rules import ruling_of, settle_rules


@task(task_run_name="route {step} · chunk {chunk}", cache_policy=NO_CACHE)
@shielded
def route(run: str, chunk: int, step: str) -> str:
    """Decide which model serves each call of a step of a chunk, once; returns the path of the decisions."""
    context = open_run(run)
    path = context.folder.routes(chunk, step)
    if not path.exists():
        save_routes(path, decide_routes(context, chunk, step=step))
    routes = load_routes(path)
    if (pacer := pacer_of(context, step)) is not None:
        terms = check_of(ruling_of(context, chunk).policies[step])
        pacer.note_routed(chunk, step, expected_usd=expected_usd((one.decision for one in routes.routed), terms))
    # Handed over again after a crash: a decision's key is derived, so the ledger keeps one.
    record_routes(routes, context, chunk, step=step)
    return str(path)


def decide_routes(context: RunContext, chunk: int, *, step: str) -> Routes:
    """Load the items, ask the policy, and pair each call with its decision.

    Raises `BudgetExhaustedError` where only the money stands in the way of a call: with more of it the run can go on.
    """
    ruling = settle_rules(context, chunk)
    states, left_out = open_items(context, chunk, step=step)
    prepared = prepare_calls(
        states,
        context.llm_step(step),
        job=context.job,
        run_id=context.folder.run_id,
        reader=ruling.reader,
        task_types=context.catalogue.task_types - UNROUTED_TASK_TYPES,
        asked_at=now(),
        images=context.images,
    )
    unspent_usd, seed = budget_of(context, step).unspent_usd, context.manifest.seed
    pulses = process_pulses().now(context.catalogue)
    state = RoutingState(
        out_of_service(context, step), unspent_usd, seed, pulses, scarcity_of(context), context.weights_problem
    )
    state = replace(state, drifted=context.manifest.drifted)
    requests = foresee([call.request for call in prepared.calls], ruling.policies[step], context.predictor)
    is_judge = isinstance(context.job.step(step), JudgeStep)
    lambda_ = None if is_judge else find_lambda(context, ruling.policies[step], requests, state=state)
    policy = paced(ruling.policies[step], lambda_)
    decide = partial(policy.decide, catalogue=context.catalogue, weights=context.weights)
    decisions = decide(requests, state=state)
    refused = [request for request, made in zip(requests, decisions, strict=True) if made.model is None]
    in_health = replace(state, unavailable=unavailable_models(context.catalogue))  # circuits are waited for, money not
    if not is_judge:  # what a judge can't afford is not judged
        refuse_unaffordable(refused, decide, state=in_health, step=step)
    calls = [replace(call, request=written(one)) for call, one in zip(prepared.calls, requests, strict=True)]
    routed = tuple(Routed(call, write_down(made)) for call, made in zip(calls, decisions, strict=True))
    return Routes(routed, (*left_out, *prepared.settled), state, lambda_)


def find_lambda(
    context: RunContext, policy: Policy, requests: Sequence[Request], *, state: RoutingState
) -> float | None:
    """λ as the run's pace has it; higher where these requests alone would take more than there is room for.

    None where no limit binds the run's money to quality.
    """
    pacer = pacer_of(context)
    if pacer is None:
        return None
    lambda_, room_usd = pacer.lambda_now(), pacer.room_usd()
    if room_usd is None:
        return lambda_
    weighed = weigh(
        requests,
        context.catalogue,
        policy,
        weights=context.weights,
        state=state,
        latency_price=context.job.latency_price,
    )
    return max(lambda_, curve_of(weighed.menu, weighed.dither).lambda_within(room_usd))


def out_of_service(context: RunContext, step: str) -> Mapping[str, str]:
    """The models that no call of the step can go to now, each with the reason: keys, weights, open circuits."""
    deadline_at_s = clock_s() + context.llm_step(step).call_deadline_s
    outages = process_traffic().outages(context.catalogue, deadline_at_s=deadline_at_s)
    return {name: outage.reason for name, outage in outages.items()} | dict(unavailable_models(context.catalogue))


def refuse_unaffordable(
    refused: Sequence[Request], decide: Callable[..., tuple[Decision, ...]], *, state: RoutingState, step: str
) -> None:
    """Raise where requests that nothing may serve in `state` would be served if there were no budget."""
    if state.remaining_usd is None:
        return
    poor = [asked for asked, one in zip(refused, decide(refused, state=state), strict=True) if one.model is None]
    n_calls = sum(one.model is not None for one in decide(poor, state=replace(state, remaining_usd=None)))
    if n_calls:
        problem = f"{n_calls} calls of step {step} can't be afforded with the {state.remaining_usd} USD that are left"
        raise BudgetExhaustedError(f"the budget is spent: {problem}")


def record_routes(routes: Routes, context: RunContext, chunk: int, *, step: str) -> None:
    """Make the decisions durable in the ledger."""
    decided_at = now()
    multiplier = routes.lambda_
    if multiplier is None:
        multiplier = next((d.lambda_ for one in routes.routed if (d := one.decision).lambda_ is not None), None)
    terms = replace(
        terms_of_step(context.job, context.llm_step(step)),
        multiplier=multiplier,
        dither=0.0 if routes.lambda_ is None else WIDTH,
        cascade=check_of(ruling_of(context, chunk).policies[step]),
    )
    records = [
        record_decision(
            one.call.request,
            one.decision,
            number=0,
            run_id=context.folder.run_id,
            catalogue_version=context.catalogue.version,
            decided_at=decided_at,
            state=routes.state,
            keep_text=context.keep_text,
            terms=terms,
        )
        for one in routes.routed
    ]
    if records:  # a spool resolves the future of nothing only with the next record of someone else
        spool_of(context.home).append(*records).result()
