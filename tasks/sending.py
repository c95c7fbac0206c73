"""One logical call from its first decision to its final result: attempts, retries, fallbacks, each accounted for."""

from __future__ import annotations

import asyncio

from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, stop_before_delay

from policies.errors import WorkFailedError
from policies.types import Decision
from tasks.accounts import Route
from tasks.answers import RejectedAnswerError, read_answer
from tasks.attempts import send_attempt
from tasks.desk import Desk
from tasks.history import History, PastAttempt
from tasks.identifiers import decision_id_of
from tasks.models.client import CallError
from tasks.planned import CallResult, PlannedCall
from tasks.waiting import is_worth_retrying, wait_s
from warehouse.records import Outcome


class ExhaustedError(WorkFailedError):
    """A model's retry allowance was spent before (in part by a process that crashed)."""


async def settle_call(call: PlannedCall, desk: Desk, *, history: History) -> CallResult:
    """Try the decided model, then up to `limits.fallbacks` others, and say how the call ended.

    Each fallback asks the router again without the models that failed, and is a decision of its own in the ledger.
    What `history` shows as done is not sent again, and nothing begins after the deadline but the first attempt.
    A failed call is a result that carries the reason; raises `BudgetExhaustedError` where the run's money is spent,
    `StopRequestedError` where the process was asked to stop, and `WorkFailedError` where the disk refuses: then a
    resumed run may go on with the call.
    """
    failures: dict[str, str] = {}
    out: dict[str, str] = {}  # the same as the ledger may have it
    decision, fallback_from = call.decision, None
    deadline_at_s = desk.clock_s() + call.limits.deadline_s
    for number in range(call.limits.fallbacks + 1):
        if number:
            if desk.clock_s() >= deadline_at_s:
                failures["deadline"] = f"{call.limits.deadline_s:g} s are over"
                break
            decision = desk.redecide(call.request, out)
            await asyncio.wrap_future(desk.ledger.append(desk.record_decision(call.request, decision, number)))
        if decision.model is None:
            break
        route = Route(decision.model, decision_id_of(call.request.call_id, number), fallback_from)
        try:
            output = await ask_model(call, desk, route=route, history=history, deadline_at_s=deadline_at_s)
        except (CallError, RejectedAnswerError, ExhaustedError) as error:
            desk.stop.refuse_more()
            failures[decision.model] = str(error)
            out[decision.model] = desk.keep_text.reason(str(error), kind=kind_of(error))
            fallback_from = decision.model
        else:
            return CallResult(call.request.call_id, call.request.item_id, decision.model, output, None)
    return CallResult(call.request.call_id, call.request.item_id, None, None, reason_of(failures, decision))


def reason_of(failures: dict[str, str], decision: Decision) -> str:
    """Why a call failed, in one line: each model's error, and the router's refusal where there was one."""
    reasons = [f"{model}: {error}" for model, error in failures.items()]
    if decision.model is None and not failures:
        reasons.append(decision.refusal or "no model is eligible")
    return "; ".join(reasons)


def kind_of(error: CallError | RejectedAnswerError | ExhaustedError) -> str:
    """Why a model is out, without a word of what it was asked or said."""
    match error:
        case CallError():
            return f"failed: {error.error_type}"
        case RejectedAnswerError():
            return "its answer can't be used"
        case _:
            return "its attempts are spent"


async def ask_model(call: PlannedCall, desk: Desk, *, route: Route, history: History, deadline_at_s: float) -> object:
    """Get an answer from one model within what is left of its allowance; raises the last attempt's error."""
    past = history.of(route.model)
    finished = next((p.outcome for p in past if p.outcome is not None and p.outcome.status == "ok"), None)
    if finished is not None:
        return await accept_answer(finished, call, desk)
    refuse_spent_allowance(call, past, is_given_up=history.gave_up(route.model))
    made = len(past)
    retrying = AsyncRetrying(
        stop=stop_after_attempt(call.limits.attempts - made) | stop_before_delay(deadline_at_s - desk.clock_s()),
        wait=wait_s,
        retry=retry_if_exception(lambda error: is_worth_retrying(error) and not desk.stop.is_requested),
        reraise=True,
    )
    async for attempt in retrying:
        with attempt:
            made += 1
            outcome = await send_attempt(call, desk, route=route, attempt_no=made)
    return await accept_answer(outcome, call, desk)


async def accept_answer(outcome: Outcome, call: PlannedCall, desk: Desk) -> object:
    """The answer of an attempt as the step wants it; one that the step can't use is scored 0, durably, and raised.

    The score's key is the attempt's, so that a resumed run, which reads the same answer again, adds none.
    """
    try:
        return read_answer(outcome.response_text or "", schema=call.schema)
    except RejectedAnswerError as error:
        await asyncio.wrap_future(desk.ledger.append(desk.record_refusal(outcome.intent, error)))
        raise


def refuse_spent_allowance(call: PlannedCall, past: tuple[PastAttempt, ...], *, is_given_up: bool) -> None:
    """Raise where the attempts before a crash used the allowance up, or were given up for another model."""
    if is_given_up or len(past) >= call.limits.attempts:
        last = past[-1].outcome
        ended = "did not end before its process did" if last is None else f"was: {last.error_message}"
        spent = "no further attempt is made" if is_given_up else f"all {call.limits.attempts} attempts are spent"
        raise ExhaustedError(f"{spent}; the last {ended}")
