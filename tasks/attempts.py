"""One attempt: money reserved, intent durable, request sent, outcome durable, money settled."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from decimal import Decimal

from policies.errors import BadInputError, WorkFailedError
from policies.types import Deployment, Model
from tasks.accounts import Ending, Route, as_stored, intent_of, outcome_of, worst_case_usd
from tasks.desk import Desk
from tasks.keys import has_key
from tasks.models.client import CallError, ModelCall
from tasks.planned import PlannedCall
from warehouse.records import Outcome

MONEY_POLL_S = 0.02  # how long a call that waits for others' money sleeps between two looks


class BudgetExhaustedError(WorkFailedError):
    """The worst case of the next attempt does not fit what is left of the run's budget."""


async def send_attempt(call: PlannedCall, desk: Desk, *, route: Route, attempt_no: int) -> Outcome:
    """Send one request and account for it; the intent is durable before anything leaves.

    Returns how it ended, with the whole answer. Raises `CallError` where the attempt failed, `BudgetExhaustedError`
    where it could not be afforded, and `StopRequestedError` where the process was asked to stop before it began.
    """
    model = desk.catalogue[route.model]
    deployment = choose_deployment(model, call.request.call_id, attempt_no=attempt_no)
    queued_s = desk.clock_s()
    with ExitStack() as wire:
        async with desk.limits.slot(deployment):
            reserved_usd = await reserve_money(model, call, desk)
            intent = intent_of(
                call, desk, route=route, deployment=deployment, attempt_no=attempt_no, reserved=reserved_usd
            )
            try:
                wire.enter_context(desk.stop.wire())
                desk.journal.append(intent)
                await asyncio.wrap_future(desk.ledger.append(intent))
                started_s = desk.clock_s()
                ending = await request_completion(call, desk, deployment=deployment)
            except BaseException:
                desk.budget.settle(reserved_usd, None)  # nobody will ever know what it cost
                raise
            ended_s = desk.clock_s()
        seconds = (started_s - queued_s, ended_s - started_s)
        outcome = outcome_of(intent, ending, model=model, desk=desk, seconds=seconds)
        desk.budget.settle(reserved_usd, outcome.cost_usd)
        await record_outcome(outcome, desk)
    if ending.error is not None:
        raise ending.error
    return outcome


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
    await asyncio.wrap_future(desk.ledger.append(as_stored(outcome, keep_text=desk.keep_text)))


def choose_deployment(model: Model, call_id: str, *, attempt_no: int) -> Deployment:
    """The deployment of an attempt, among those with a key: spread over the calls by id, another one at each retry."""
    usable = [deployment for deployment in model.deployments if has_key(deployment)] or model.deployments
    return usable[(int(call_id[:8], 16) + attempt_no - 1) % len(usable)]


def refusal_of(model: Model, reserved_usd: Decimal | None, *, unspent_usd: Decimal | None) -> str:
    """Why the budget does not allow an attempt."""
    if reserved_usd is None:
        return f"the price of {model.name} is unknown, so a budget can't be kept with it"
    return f"the budget is spent: {model.name} may cost {reserved_usd} USD, {unspent_usd} USD are left"
