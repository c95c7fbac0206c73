"""The task *complete*: all calls of a step of a chunk, sent at once within the models' limits."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from prefect import task
from prefect.cache_policies import NO_CACHE

from policies.selection import check_of
from tasks.accounts import as_stored
from tasks.answers import RejectedAnswerError
from tasks.attempts import BudgetExhaustedError
from tasks.budgets import budget_of, spent_usd
from tasks.cascades import AnswerCheck
from tasks.clients import process_client, process_traffic
from tasks.clock import clock_s, now
from tasks.desk import Desk, Journal
from tasks.history import History, histories
from tasks.jobs.judges import JudgeStep
from tasks.jobs.steps import LlmStep
from tasks.journal import StepJournal, read_journal
from tasks.judges.sampling import is_scored
from tasks.ledger import spool_of
from tasks.models.litellm_loop import LITELLM_LOOP
from tasks.pacing import pacer_of
from tasks.planned import CallLimits, CallResult, PlannedCall
from tasks.pulses import process_pulses
from tasks.redaction.shielding import shielded
from tasks.refusals import record_refusal
from tasks.requests import context_of
from tasks.results import StepResult, load_states, save_results, settle_failure
from tasks.routers import FallbackRouter
from tasks.routes import Routes, load_routes, plan_calls
from tasks.run_context import RunContext, open_run
from tasks.run_rules import ruling_of
from tasks.sending import settle_call
from tasks.stopping import process_stop
from warehouse.records import Intent, Outcome, Record


@task(task_run_name="complete {step} · chunk {chunk}", cache_policy=NO_CACHE)
@shielded
def complete(run: str, chunk: int, step: str) -> str:
    """Get an answer to every call of a step of a chunk; returns the path of the results.

    A call that fails is a result, not an error. What a killed process had finished is not sent again.
    """
    context = open_run(run)
    path = context.folder.results(chunk, step)
    if path.exists():
        return str(path)
    routes = load_routes(context.folder.routes(chunk, step))
    past = read_journal(context.folder.journal(chunk, step))
    hand_over_again(past, context)
    with StepJournal(context.folder.journal(chunk, step)) as journal:
        desk = desk_of(context, chunk, step, journal=journal, lambda_=routes.lambda_)
        results = send_calls(plan_step(routes, context, chunk, step=step), desk, past=past)
    records = read_journal(context.folder.journal(chunk, step))
    # What a killed process had sent is no news of the models' health now.
    news = [record for record in records if isinstance(record, Outcome) and record not in past]
    process_pulses().see_attempts(routes.routed, news, catalogue=context.catalogue)
    if (pacer := pacer_of(context, step)) is not None:
        pacer.note_settled(chunk, step, cost_usd=None if past else float(spent_usd(records)))
    save_results(context.folder, chunk, step=step, results=merge_results(routes, results, context, step=step))
    return str(path)


def hand_over_again(past: Sequence[Record], context: RunContext) -> None:
    """Give the ledger what a killed process may have noted for itself alone; it keeps each record once."""
    if past:
        spool_of(context.home).append(*(as_stored(record, keep_text=context.keep_text) for record in past)).result()


def plan_step(routes: Routes, context: RunContext, chunk: int, *, step: str) -> list[PlannedCall]:
    """The calls of a step with its limits."""
    llm_step = context.llm_step(step)
    limits = CallLimits(
        attempts=llm_step.attempts,
        fallbacks=llm_step.fallbacks,
        timeout_s=llm_step.timeout_s,
        deadline_s=llm_step.call_deadline_s,
        temperature=llm_step.temperature,
        seed=context.manifest.seed,
        max_probes=None if llm_step.deadline_s else llm_step.attempts,  # a dead provider is not waited for all day
        is_optional=isinstance(llm_step, JudgeStep),
    )
    return plan_calls(
        routes.routed,
        run_id=context.folder.run_id,
        limits=limits,
        schema=llm_step.output,
        checks=checks_of_chunk(context, chunk, step=llm_step),
    )


def checks_of_chunk(context: RunContext, chunk: int, *, step: LlmStep) -> Mapping[str, AnswerCheck]:
    """What the answers of cascades are judged by, by item; nothing where the step's policy knows no cascades."""
    if check_of(ruling_of(context, chunk).policies[step.name]) is None:
        return {}
    states = load_states(context.folder, chunk, steps=[one.name for one in context.job.steps])
    return {state.item_id: AnswerCheck(step, context_of(state)) for state in states}


def send_calls(calls: Sequence[PlannedCall], desk: Desk, *, past: Sequence[Record]) -> list[CallResult]:
    """Settle all calls on the process's event loop; one that fails leaves the others alone.

    An error that stops a call (the budget is spent, the disk is full, the process was asked to stop) is raised when
    the others have ended, so that whatever was sent is accounted for.
    """
    desk = replace(desk, past=histories(past))

    async def settle(call: PlannedCall) -> CallResult:
        with desk.stop.call():
            try:
                return await settle_call(call, desk, history=desk.past.get(call.request.call_id, History()))
            except BudgetExhaustedError as error:
                if not call.limits.is_optional:
                    raise
                return CallResult(call.request.call_id, call.request.item_id, None, None, str(error))

    async def settle_all() -> list[CallResult]:
        ended = await asyncio.gather(*map(settle, calls), return_exceptions=True)
        for end in ended:
            if isinstance(end, BaseException):
                raise end
        return [end for end in ended if isinstance(end, CallResult)]

    return asyncio.run_coroutine_threadsafe(settle_all(), LITELLM_LOOP.start()).result()


def merge_results(routes: Routes, results: Sequence[CallResult], context: RunContext, *, step: str) -> list[StepResult]:
    """The step's results: those of its calls, and those of the items that needed none."""
    llm_step = context.llm_step(step)
    settled = [
        StepResult(result.item_id, "ok", result.output, result.call_id, result.model, attempt_id=result.attempt_id)
        if result.error is None
        else settle_failure(llm_step, result.item_id, error=result.error, call_id=result.call_id)
        for result in results
    ]
    return [*routes.settled, *settled]


def desk_of(context: RunContext, chunk: int, step: str, *, journal: Journal, lambda_: float | None = None) -> Desk:
    """What the calls of a step of a chunk share; `lambda_` is what it was routed at, where its run is paced."""

    router = FallbackRouter(context, step, ruling_of(context, chunk).policies[step], lambda_=lambda_)

    def refuse(intent: Intent, error: RejectedAnswerError) -> Record:
        is_judged = is_scored(intent.item_id, context.llm_step(step), seed=context.manifest.seed)
        return record_refusal(intent, error, is_scored=is_judged, keep_text=context.keep_text, scored_at=now())

    return Desk(
        client=process_client(),
        ledger=spool_of(context.home),
        journal=journal,
        traffic=process_traffic(),
        budget=budget_of(context, step),
        catalogue=context.catalogue,
        redecide=router.redecide,
        record_decision=router.record,
        record_refusal=refuse,
        keep_text=context.keep_text,
        now=now,
        clock_s=clock_s,
        stop=process_stop(),
    )
