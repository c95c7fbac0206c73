"""One logical call from its first decision to its final result: attempts, retries, fallbacks, each accounted for."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, stop_before_delay

from policies.errors import WorkFailedError
from policies.types import Model
from tasks.accounts import Route
from tasks.answers import RejectedAnswerError, read_answer
from tasks.attempts import BudgetExhaustedError, send_attempt
from tasks.cascades import Answer, Failing
from tasks.desk import Desk
from tasks.gates import OutOfServiceError
from tasks.history import History, PastAttempt
from tasks.models.client import CallError
from tasks.models.images import ImageError, check_images
from tasks.planned import CallResult, PlannedCall
from tasks.self_consistency import measure
from tasks.traffic import Traffic
from tasks.trip import UNUSABLE, Tries, Trip
from tasks.waiting import JITTER, is_worth_retrying, wait_s
from warehouse.records import Outcome


class ExhaustedError(WorkFailedError):
    """A model's retry allowance was spent before (in part by a process that crashed)."""


async def settle_call(call: PlannedCall, desk: Desk, *, history: History) -> CallResult:
    """Try the decided model, then up to `limits.fallbacks` others, and say how the call ended.

    Each fallback asks the router again without the models that failed, and is a decision of its own in the ledger.
    Where only circuits that are open stand in the way, the call waits for the first of them, within its deadline.
    What `history` shows as done is not sent again, and nothing begins after the deadline but the first attempt.
    Where the worst case of one model does not fit what is left of the money, a cheaper one may be asked; if that fails
    too, it was the money that stood in the way.
    Where a cascade's check does not pass an answer, the next model is asked; the answer is kept where that can't be.
    A failed call is a result that carries the reason; raises `BudgetExhaustedError` where the run's money is spent,
    `StopRequestedError` where the process was asked to stop, and `WorkFailedError` where the disk refuses: then a
    resumed run may go on with the call.
    """
    trip = Trip(call, desk, history)
    is_going, unpaid = call.decision.model is not None or trip.reconsider(), None
    while is_going and (model := trip.choice.decision.model) is not None:
        try:
            answer = await ask_model(model, trip)
        except OutOfServiceError as error:
            desk.stop.refuse_more()
            is_going = trip.go_round(model, error)
        except BudgetExhaustedError as error:
            desk.stop.refuse_more()
            if trip.kept is not None:
                await trip.keep(str(error))
                return result_of(trip.kept, trip)
            if not trip.economise(model, str(error)):
                raise
            unpaid = unpaid or error
        except (CallError, RejectedAnswerError, ExhaustedError) as error:
            desk.stop.refuse_more()
            trip.give_up(model, str(error), kept=desk.keep_text.reason(str(error), kind=kind_of(error)))
            is_going = not isinstance(error, ImageError) and trip.go_on(model, cause_of(error))
        else:
            failing = await examine(answer, trip)
            if failing is None:
                return result_of(answer, trip)
            desk.stop.refuse_more()
            is_going = await trip.escalate(answer, failing)
    await trip.record_refusal()
    if trip.kept is not None:
        return result_of(trip.kept, trip)
    if unpaid is not None:  # with more money a resumed run may get an answer
        raise unpaid
    return CallResult(call.request.call_id, call.request.item_id, None, None, trip.reason())


async def examine(answer: Answer, trip: Trip) -> Failing | None:
    """Put an answer to the check that it needs; None where it is kept."""
    sampling, agreed = trip.sampling(answer), None
    if sampling is not None:
        left_s = trip.deadline_at_s - trip.desk.clock_s()
        agreed = await measure(answer, trip.call, trip.desk, sampling=sampling, left_s=left_s, settle=settle_call)
    return trip.check(answer, agreed)


def result_of(answer: Answer, trip: Trip) -> CallResult:
    """The result of an answer; of one that was come back to with its attempt, since others may have come after."""
    request, intent = trip.call.request, answer.intent
    attempt_id = intent.attempt_id if answer is trip.kept else None
    return CallResult(request.call_id, request.item_id, intent.model, answer.output, None, attempt_id)


def kind_of(error: CallError | RejectedAnswerError | ExhaustedError) -> str:
    """Why a model is out, without a word of what it was asked or said."""
    match error:
        case CallError():
            return f"failed: {error.error_type}"
        case RejectedAnswerError():
            return "its answer can't be used"
        case _:
            return "its attempts are spent"


def cause_of(error: CallError | RejectedAnswerError | ExhaustedError) -> str:
    """The kind of failure that a fallback is for: the last attempt's error type, or one of our own words."""
    match error:
        case CallError():
            return error.error_type
        case RejectedAnswerError():
            return UNUSABLE
        case _:
            return "attempts_spent"


async def ask_model(model: str, trip: Trip) -> Answer:
    """Get an answer from one model within what is left of its allowance; raises the last attempt's error."""
    call, desk, route = trip.call, trip.desk, trip.route(model)
    past = trip.history.of(model)
    finished = next((p.outcome for p in past if p.outcome is not None and p.outcome.status == "ok"), None)
    if finished is not None:
        return await accept_answer(finished, call, desk)
    refuse_spent_allowance(call, past, is_given_up=trip.history.gave_up(model))
    tries = trip.tries_of(model)
    retrying = AsyncRetrying(
        stop=stop_after_attempt(call.limits.attempts - tries.n_made)
        | stop_before_delay(trip.deadline_at_s - desk.clock_s()),
        wait=partial(pause_s, tries=tries, model=desk.catalogue[model], call=call, traffic=desk.traffic),
        retry=retry_if_exception(lambda error: is_worth_retrying(error) and not desk.stop.is_requested),
        reraise=True,
    )
    async for attempt in retrying:
        with attempt:
            first, route = route, replace(route, decided=None)
            outcome = await make_attempt(trip, tries, route=first)
    return await accept_answer(outcome, call, desk)


async def make_attempt(trip: Trip, tries: Tries, *, route: Route) -> Outcome:
    """One attempt more, with what it leaves behind for the next."""
    try:
        if any(message.images for message in trip.call.messages):
            await asyncio.to_thread(check_images, trip.call.messages)
        outcome = await send_attempt(
            trip.call, trip.desk, route=route, attempt_no=tries.n_made + 1, patience=trip.patience(tries)
        )
    except CallError as error:
        tries.n_made += 1
        if error.deployment is not None:
            tries.failed_at.add(error.deployment)
        raise
    tries.n_made += 1
    return outcome


def pause_s(state: RetryCallState, *, tries: Tries, model: Model, call: PlannedCall, traffic: Traffic) -> float:
    """How long to wait before the next attempt: short where another deployment may be asked."""
    has_other = traffic.has_other(model, frozenset(tries.failed_at), request=call.request)
    return JITTER(state) if has_other else wait_s(state)


async def accept_answer(outcome: Outcome, call: PlannedCall, desk: Desk) -> Answer:
    """The answer of an attempt as the step wants it; one that the step can't use is scored 0, durably, and raised.

    The score's key is the attempt's, so that a resumed run, which reads the same answer again, adds none.
    """
    try:
        return Answer(read_answer(outcome.response_text or "", schema=call.schema), outcome.intent)
    except RejectedAnswerError as error:
        await desk.ledger.append(desk.record_refusal(outcome.intent, error))
        raise


def refuse_spent_allowance(call: PlannedCall, past: tuple[PastAttempt, ...], *, is_given_up: bool) -> None:
    """Raise where the attempts before a crash used the allowance up, or were given up for another model."""
    if is_given_up or len(past) >= call.limits.attempts:
        last = past[-1].outcome
        ended = "did not end before its process did" if last is None else f"was: {last.error_message}"
        spent = "no further attempt is made" if is_given_up else f"all {call.limits.attempts} attempts are spent"
        raise ExhaustedError(f"{spent}; the last {ended}")
