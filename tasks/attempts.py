"""One attempt: money reserved, intent durable, request sent, outcome durable, money settled."""

from __future__ import annotations

import asyncio
import math
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal

from policies.errors import BadInputError, WorkFailedError
from policies.types import Deployment, Model
from tasks.accounts import Ending, Route, as_stored, intent_of, is_unbilled, outcome_of, worst_case_usd
from tasks.desk import Desk
from tasks.models.client import CallError, ModelCall
from tasks.planned import PlannedCall
from tasks.seats import Bid
from tasks.traffic import usable_of
from warehouse.records import Outcome

MONEY_POLL_S = 0.02  # how long a call that waits for others' money sleeps between two looks


class BudgetExhaustedError(WorkFailedError):
    """The worst case of the next attempt does not fit what is left of the run's budget."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How an attempt waits for its turn: until when (monotonic seconds), for an open circuit too or only for what is
    sure to come, and which deployments it avoids because they failed the call before."""

    deadline_at_s: float = math.inf
    is_patient: bool = False
    avoided: frozenset[str] = frozenset()


async def send_attempt(
    call: PlannedCall, desk: Desk, *, route: Route, attempt_no: int, patience: Patience = Patience()
) -> Outcome:
    """Send one request and account for it; the intent is durable before anything leaves.

    Returns how it ended, with the whole answer. Raises `CallError` where the attempt failed, `OutOfServiceError` where
    no deployment could be asked in time, `BudgetExhaustedError` where it could not be afforded, and
    `StopRequestedError` where the process was asked to stop before it began.
    """
    model = desk.catalogue[route.model]
    queued_s = desk.clock_s()
    with ExitStack() as wire:
        async with desk.traffic.turn(model, bid_of(call, model, patience, attempt_no=attempt_no)) as turn:
            if route.decided is not None:
                await desk.ledger.append(route.decided)
            reserved_usd = await reserve_money(model, call, desk)
            intent = intent_of(
                call, desk, route=route, deployment=turn.deployment, attempt_no=attempt_no, reserved=reserved_usd
            )
            try:
                wire.enter_context(desk.stop.wire())
                desk.journal.append(intent)
                await desk.ledger.append(intent)
                started_s = desk.clock_s()
                ending = await request_completion(call, desk, deployment=turn.deployment)
            except BaseException:
                desk.budget.settle(reserved_usd, None)  # nobody will ever know what it cost
                raise
            ended_s = desk.clock_s()
            turn.end(error=ending.error, latency_s=ended_s - started_s, used_tokens=used_tokens(ending))
        seconds = (started_s - queued_s, ended_s - started_s)
        outcome = outcome_of(intent, ending, model=model, desk=desk, seconds=seconds)
        desk.budget.settle(reserved_usd, outcome.cost_usd)
        await record_outcome(outcome, desk)
    if ending.error is not None:
        ending.error.deployment = intent.deployment
        raise ending.error
    return outcome


def bid_of(call: PlannedCall, model: Model, patience: Patience, *, attempt_no: int) -> Bid:
    """What an attempt asks of its model's gate; the tokens are the estimate of the prompt and the longest answer."""
    return Bid(
        key=f"{call.request.call_id}/{attempt_no}",
        usable=usable_of(model, call.request),
        tokens=call.request.input_tokens + call.request.max_output_tokens,
        deadline_at_s=patience.deadline_at_s,
        avoided=patience.avoided,
        is_patient=patience.is_patient,
    )


def used_tokens(ending: Ending) -> int | None:
    """The tokens that count against a limit; None where nobody knows, as after a time-out."""
    if ending.completion is not None and ending.completion.input_tokens is not None:
        return ending.completion.input_tokens + (ending.completion.output_tokens or 0)
    return 0 if ending.error is not None and is_unbilled(ending.error) else None


async def reserve_money(model: Model, call: PlannedCall, desk: Desk) -> Decimal | None:
    """Set the worst case aside, once what is under way leaves room for it; raises `BudgetExhaustedError`.

    The worst case is many times the usual cost, so a budget that seems spent mostly is not when others have ended.
    """
    worst_usd = worst_case_usd(model, call)
    while not desk.budget.reserve(worst_usd):
        if not desk.budget.may_fit(worst_usd):
            raise BudgetExhaustedError(refusal_of(model, worst_usd, unspent_usd=desk.budget.unspent_usd))
        await asyncio.sleep(MONEY_POLL_S)
    return worst_usd


async def request_completion(call: PlannedCall, desk: Desk, *, deployment: Deployment) -> Ending:
    """Ask the client, within the step's time-out; every way that this ends is a value."""
    request = ModelCall(
        deployment=deployment,
        messages=call.messages,
        max_output_tokens=call.request.max_output_tokens,
        temperature=call.limits.temperature,
        schema=call.schema,
        timeout_s=min(call.limits.timeout_s, deployment.timeout_s),
        seed=call.limits.seed,
    )
    try:
        async with asyncio.timeout(request.timeout_s + 1):
            completion = await desk.client.complete(request)
    except CallError as error:
        return Ending(error.status, error.completion, error)
    except BadInputError as error:  # a key that went missing since the run was opened
        failure = CallError(str(error), status="error", error_type="configuration", is_retryable=False, is_sent=False)
        return Ending("error", None, failure)
    except TimeoutError:
        message = f"no answer within {request.timeout_s:g} s"
        return Ending("timeout", None, CallError(message, status="timeout", error_type="timeout", is_retryable=True))
    return Ending("ok", completion, None)


async def record_outcome(outcome: Outcome, desk: Desk) -> None:
    """Keep the outcome whole for a resumed run, and make it durable in the ledger with the text that it may keep."""
    desk.journal.append(outcome)
    await desk.ledger.append(as_stored(outcome, keep_text=desk.keep_text))


def refusal_of(model: Model, reserved_usd: Decimal | None, *, unspent_usd: Decimal | None) -> str:
    """Why the budget does not allow an attempt."""
    if reserved_usd is None:
        return f"the price of {model.name} is unknown, so a budget can't be kept with it"
    return f"the budget is spent: {model.name} may cost {reserved_usd} USD, {unspent_usd} USD are left"
