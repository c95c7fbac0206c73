"""One attempt: durable before it is sent, recorded once with its cost, never beyond the budget."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.errors import WorkFailedError
from policies.pricing import cost_usd, make_price
from policies.types import CircuitLimits
from tasks.accounts import Route, worst_case_usd
from tasks.attempts import BudgetExhaustedError, send_attempt
from tasks.budget import Budget
from tasks.desk import Desk
from tasks.models.client import CallError, Completion, ModelCall
from tasks.planned import PlannedCall
from tests.fakes.clients import ScriptedClient, failed, rate_limited, refused, timed_out
from tests.fakes.desks import (
    LARGE,
    MAX_OUTPUT_TOKENS,
    SMALL,
    MemoryJournal,
    MemoryLedger,
    catalogue_of,
    desk_with,
    model_of,
    planned_call,
)

FIRST = Route("small", "decision-1", None)


def send(call: PlannedCall, desk: Desk, *, route: Route = FIRST, attempt_no: int = 1) -> Completion:
    return asyncio.run(send_attempt(call, desk, route=route, attempt_no=attempt_no))


def test_nothing_is_sent_before_the_intent_is_durable() -> None:
    client, ledger, journal = ScriptedClient(), MemoryLedger(is_held=True), MemoryJournal()
    desk = desk_with(client, ledger=ledger, journal=journal)

    async def watch() -> None:
        sending = asyncio.create_task(send_attempt(planned_call(), desk, route=FIRST, attempt_no=1))
        await asyncio.sleep(0.02)
        assert len(ledger.waiting) == 1
        assert len(journal.records) == 1
        assert client.calls == []
        ledger.is_held = False
        ledger.release()
        await sending

    asyncio.run(watch())
    assert client.count() == 1
    assert [type(record).__name__ for record in ledger.records] == ["Intent", "Outcome"]


def test_nothing_is_sent_where_the_disk_refuses_the_intent() -> None:
    client = ScriptedClient()
    with pytest.raises(WorkFailedError, match="disk is full"):
        send(planned_call(), desk_with(client, ledger=MemoryLedger(is_full=True)))
    assert client.calls == []


def test_what_was_reserved_for_an_attempt_that_broke_counts_as_spent() -> None:
    budget = Budget(Decimal(1))
    desk = desk_with(ScriptedClient(), ledger=MemoryLedger(is_full=True), budget=budget)
    with pytest.raises(WorkFailedError):
        send(planned_call(), desk)
    assert budget.unspent_usd == budget.remaining_usd == Decimal(1) - (worst_case_usd(SMALL, planned_call()) or 0)


def test_the_outcome_is_durable_before_the_answer_is_handed_on() -> None:
    ledger = MemoryLedger()

    async def watch() -> None:
        sending = asyncio.create_task(
            send_attempt(
                planned_call(), desk_with(ScriptedClient(delay_s=0.02), ledger=ledger), route=FIRST, attempt_no=1
            )
        )
        await asyncio.sleep(0.005)
        assert len(ledger.intents) == 1
        ledger.is_held = True
        await asyncio.sleep(0.05)
        assert len(ledger.waiting) == 1
        assert not sending.done()
        ledger.release()
        await sending

    asyncio.run(watch())


def test_an_answer_costs_its_tokens_times_the_price() -> None:
    ledger = MemoryLedger()
    desk = desk_with(ScriptedClient(answer=lambda _: "a list with two ends"), ledger=ledger)
    completion = send(planned_call(text="What is a deque ?"), desk)
    (outcome,) = ledger.outcomes
    assert (completion.input_tokens, completion.output_tokens) == (5, 5)
    assert outcome.cost_usd == Decimal("0.000015")
    assert outcome.cost_source == "priced"
    assert outcome.status == "ok"
    assert outcome.intent == ledger.intents[0]
    assert outcome.response_text == "a list with two ends"


def test_the_providers_own_figure_wins_over_tokens_times_price() -> None:
    ledger = MemoryLedger()
    send(planned_call(), desk_with(ScriptedClient(provider_cost_usd=Decimal("0.5")), ledger=ledger))
    assert (ledger.outcomes[0].cost_usd, ledger.outcomes[0].cost_source) == (Decimal("0.5"), "provider")


def test_an_unknown_price_gives_an_unknown_cost_and_not_zero() -> None:
    ledger = MemoryLedger()
    route = Route("secretive", "decision-1", None)
    send(planned_call(), desk_with(ScriptedClient(), ledger=ledger), route=route)
    assert (ledger.outcomes[0].cost_usd, ledger.outcomes[0].cost_source) == (None, "unknown")
    assert ledger.intents[0].reserved_usd is None


REFUSED_WITH_USAGE = CallError(
    "refused",
    status="refused",
    error_type="content_filter",
    is_retryable=False,
    completion=Completion("", 1_000, 0, 0, None, "content_filter"),
)


@pytest.mark.parametrize(
    ("error", "status", "cost", "source"),
    [
        (failed("server_error"), "error", Decimal(0), "priced"),
        (failed("bad_request", is_retryable=False), "error", Decimal(0), "priced"),
        (rate_limited(), "rate_limited", Decimal(0), "priced"),
        (refused(), "refused", Decimal(0), "priced"),
        (REFUSED_WITH_USAGE, "refused", Decimal("0.001"), "priced"),
        (timed_out(), "timeout", None, "unknown"),
        (failed("connection"), "error", None, "unknown"),
        (failed("connection", is_sent=False), "error", Decimal(0), "priced"),
        (failed("malformed_response"), "error", None, "unknown"),
        (failed("unexpected"), "error", None, "unknown"),
    ],
)
def test_a_failure_is_recorded_once_with_what_is_known_of_its_cost(
    error: CallError, status: str, cost: Decimal | None, source: str
) -> None:
    ledger, journal, budget = MemoryLedger(), MemoryJournal(), Budget(Decimal(1))
    desk = desk_with(ScriptedClient(failures={"small-1": [error]}), ledger=ledger, journal=journal, budget=budget)
    with pytest.raises(CallError) as raised:
        send(planned_call(), desk)
    assert raised.value is error
    (outcome,) = ledger.outcomes
    assert (outcome.status, outcome.cost_usd, outcome.cost_source) == (status, cost, source)
    assert (outcome.error_type, outcome.error_message) == (error.error_type, str(error))
    reserved = ledger.intents[0].reserved_usd
    assert reserved is not None
    assert budget.remaining_usd == Decimal(1) - (reserved if cost is None else cost)
    assert [type(record).__name__ for record in journal.records] == ["Intent", "Outcome"]


def test_a_client_that_never_answers_is_cut_off_and_its_cost_unknown() -> None:
    ledger = MemoryLedger()
    with pytest.raises(CallError) as raised:
        send(planned_call(timeout_s=-0.99), desk_with(ScriptedClient(delay_s=5), ledger=ledger))
    assert raised.value.is_retryable
    assert (ledger.outcomes[0].status, ledger.outcomes[0].cost_usd) == ("timeout", None)


def test_the_intent_says_what_is_about_to_be_sent() -> None:
    ledger = MemoryLedger()
    call = planned_call(model="large")
    route = Route("large", "decision-2", "small")
    send(call, desk_with(ScriptedClient(), ledger=ledger), route=route, attempt_no=2)
    (intent,) = ledger.intents
    assert (intent.model, intent.fallback_from, intent.is_fallback, intent.attempt_no) == ("large", "small", True, 2)
    assert intent.decision_id == "decision-2"
    assert intent.price_id == LARGE.price.price_id
    assert intent.reserved_usd == worst_case_usd(LARGE, call)
    assert intent.prompt_text == "What is a deque?"


def test_two_attempts_never_share_a_key() -> None:
    ledger = MemoryLedger()
    for attempt_no in (1, 1, 2):
        send(planned_call(), desk_with(ScriptedClient(), ledger=ledger), attempt_no=attempt_no)
    assert len({intent.attempt_id for intent in ledger.intents}) == 3


def test_every_attempt_goes_to_a_deployment_that_has_what_the_request_needs() -> None:
    first, second = LARGE.deployments
    spread = (replace(first, region="us-east-1"), replace(second, region="eu-central-1"))
    ledger = MemoryLedger()
    desk = desk_with(ScriptedClient(), catalogue=catalogue_of(replace(LARGE, deployments=spread)), ledger=ledger)
    for attempt_no in (1, 2, 3):
        call = planned_call(item_id=f"item-{attempt_no}")
        call = replace(call, request=replace(call.request, needs=frozenset({"region:eu"})))
        send(call, desk, route=Route("large", "decision-1", None), attempt_no=attempt_no)
    assert [intent.deployment for intent in ledger.intents] == ["large-2"] * 3


def test_a_deployment_never_has_more_calls_than_its_concurrency() -> None:
    narrow = catalogue_of(model_of("small", SMALL.price, concurrency=3))
    client = ScriptedClient(delay_s=0.005)
    desk = desk_with(client, catalogue=narrow)

    async def flood() -> None:
        calls = (planned_call(item_id=f"item-{n}") for n in range(12))
        await asyncio.gather(*(send_attempt(call, desk, route=FIRST, attempt_no=1) for call in calls))

    asyncio.run(flood())
    assert client.most_in_flight == 3


def test_waiting_for_a_slot_is_told_apart_from_the_time_on_the_way() -> None:
    narrow, ledger = catalogue_of(model_of("small", SMALL.price, concurrency=1)), MemoryLedger()
    desk = desk_with(ScriptedClient(delay_s=0.05), catalogue=narrow, ledger=ledger)

    async def queue() -> None:
        calls = (planned_call(item_id=f"item-{n}") for n in range(2))
        await asyncio.gather(*(send_attempt(call, desk, route=FIRST, attempt_no=1) for call in calls))

    asyncio.run(queue())
    first, second = ledger.outcomes
    assert first.queue_s < 0.04 <= second.queue_s
    assert min(first.latency_s, second.latency_s) >= 0.04


def test_what_the_budget_cannot_hold_is_neither_sent_nor_recorded() -> None:
    client, ledger, journal = ScriptedClient(), MemoryLedger(), MemoryJournal()
    desk = desk_with(client, budget=Budget(Decimal("0.000001")), ledger=ledger, journal=journal)
    with pytest.raises(BudgetExhaustedError, match="small may cost"):
        send(planned_call(), desk)
    assert (client.calls, ledger.records, journal.records) == ([], [], [])


def test_a_budget_refuses_a_model_whose_price_nobody_knows() -> None:
    client = ScriptedClient()
    with pytest.raises(BudgetExhaustedError, match="the price of secretive is unknown"):
        send(planned_call(), desk_with(client, budget=Budget(Decimal(100))), route=Route("secretive", "d", None))
    assert client.calls == []


def test_the_reservation_covers_the_schema_that_is_sent_along() -> None:
    schema = {"type": "object", "description": "x" * 5_000}
    plain, structured = (worst_case_usd(SMALL, planned_call(schema=s)) for s in (None, schema))
    assert plain is not None
    assert structured is not None
    assert structured >= plain + Decimal(5_000) / 1_000_000


Kind = Literal["ok", "timeout", "server_error", "connection", "refused"]


@dataclass
class BillingClient:
    """Bills like a provider that holds to the limits and is otherwise as unkind as it may be.

    Each call takes the next `(kind, share)`: the share of the most tokens that it can use. Time-outs and cut
    connections are billed, though the caller never learns how much.
    """

    script: Sequence[tuple[Kind, float]]
    billed_usd: Decimal = Decimal(0)
    n_calls: int = 0
    turns: list[int] = field(default_factory=list)

    async def complete(self, call: ModelCall) -> Completion:
        kind, share = self.script[self.n_calls % len(self.script)]
        self.n_calls += 1
        await asyncio.sleep(0.0001 * (self.n_calls % 3))
        n_in = int(share * sum(len(message.content.encode()) for message in call.messages))
        completion = Completion("answer", n_in, int(share * call.max_output_tokens), 0, None, "stop")
        if kind == "server_error":
            raise failed()
        cost = cost_usd(SMALL.price, input_tokens=n_in, output_tokens=completion.output_tokens or 0)
        assert cost is not None
        self.billed_usd += cost
        if kind == "timeout":
            raise timed_out()
        if kind == "connection":
            raise failed("connection")
        if kind == "refused":
            raise CallError(
                "no", status="refused", error_type="content_filter", is_retryable=False, completion=completion
            )
        return completion


SCRIPTS = st.lists(
    st.tuples(st.sampled_from(("ok", "ok", "timeout", "server_error", "connection", "refused")), st.floats(0.0, 1.0)),
    min_size=1,
    max_size=30,
)


@given(script=SCRIPTS, limit=st.integers(0, 3_000), n_calls=st.integers(1, 40), concurrency=st.integers(1, 40))
@settings(deadline=None, max_examples=60)
def test_no_provider_can_bill_more_than_the_budget(
    script: list[tuple[Kind, float]], limit: int, n_calls: int, concurrency: int
) -> None:
    budget = Budget(Decimal(limit) / 1_000_000)
    client, ledger = BillingClient(script), MemoryLedger()
    small = model_of("small", SMALL.price, concurrency=concurrency)
    catalogue = catalogue_of(replace(small, circuit=CircuitLimits(min_calls=1_000)))  # so that all of them are sent
    desk = desk_with(client, budget=budget, catalogue=catalogue, ledger=ledger)

    async def flood() -> list[Completion | BaseException]:
        calls = (planned_call(item_id=f"item-{n}") for n in range(n_calls))
        sending = (send_attempt(call, desk, route=FIRST, attempt_no=1) for call in calls)
        return await asyncio.gather(*sending, return_exceptions=True)

    ended = asyncio.run(flood())
    assert budget.limit_usd is not None
    assert client.billed_usd <= budget.limit_usd
    n_refused = sum(isinstance(end, BudgetExhaustedError) for end in ended)
    assert len(ledger.intents) == len(ledger.outcomes) == client.n_calls == n_calls - n_refused
    reserved = {intent.attempt_id: intent.reserved_usd or Decimal(0) for intent in ledger.intents}
    committed = sum(
        (reserved[o.intent.attempt_id] if o.cost_usd is None else o.cost_usd for o in ledger.outcomes), Decimal(0)
    )
    assert budget.remaining_usd == budget.limit_usd - committed
    assert budget.remaining_usd >= 0


def test_the_worst_case_holds_for_the_most_tokens_that_a_text_can_have() -> None:
    call = planned_call(text="🦆" * 500)
    worst = worst_case_usd(SMALL, call)
    dearest = cost_usd(SMALL.price, input_tokens=2_000, output_tokens=MAX_OUTPUT_TOKENS)
    assert worst is not None
    assert dearest is not None
    assert worst >= dearest


def test_a_price_without_rates_has_no_worst_case() -> None:
    model = model_of("odd", make_price("odd", input=Decimal(1), output=None, source="unknown"))
    assert worst_case_usd(model, planned_call()) is None
