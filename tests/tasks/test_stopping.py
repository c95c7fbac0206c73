"""A process asked to stop: nothing more is sent, what was sent is waited for, and a resumed run does the rest."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal

import pytest

from tasks.accounts import worst_case_usd
from tasks.budget import Budget
from tasks.complete import send_calls
from tasks.desk import Desk
from tasks.planned import PlannedCall
from tasks.stopping import Stop, StopRequestedError
from tests.fakes.clients import ScriptedClient, failed, rate_limited
from tests.fakes.desks import SMALL, MemoryJournal, MemoryLedger, catalogue_of, desk_with, model_of, planned_call

FOREVER_S = 60.0
AT_ONCE = 2
NARROW = catalogue_of(model_of("small", SMALL.price, concurrency=AT_ONCE), model_of("large", SMALL.price))


def calls_of(n_calls: int) -> list[PlannedCall]:
    return [planned_call(item_id=f"item-{n}") for n in range(n_calls)]


@contextmanager
def under_way(calls: Sequence[PlannedCall], desk: Desk, *, when: Callable[[], bool]) -> Iterator[None]:
    """The calls are sent from another thread while the body runs, once `when` holds; the stop must end them."""
    ends: list[str] = []

    def send() -> None:
        try:
            send_calls(calls, desk, past=[])
        except StopRequestedError as stop:
            ends.append(str(stop))

    sending = threading.Thread(target=send)
    sending.start()
    wait_for(when)
    yield
    sending.join(5)
    assert ends == ["the run was stopped"]


def wait_for(condition: Callable[[], bool]) -> None:
    """Until `condition` holds; fails after five seconds."""
    deadline_s = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline_s, "waited in vain"
        time.sleep(0.002)


def test_what_is_on_the_wire_is_answered_and_what_waits_for_a_slot_is_not_sent() -> None:
    client, ledger = ScriptedClient(delay_s=0.1), MemoryLedger()
    desk = desk_with(client, ledger=ledger, catalogue=NARROW)
    with under_way(calls_of(6), desk, when=lambda: client.in_flight == AT_ONCE):
        desk.stop.request(signal.SIGINT, grace_s=FOREVER_S)
    assert client.count() == len(ledger.intents) == len(ledger.outcomes) == AT_ONCE
    assert {outcome.status for outcome in ledger.outcomes} == {"ok"}


def test_a_resumed_run_sends_what_was_not_sent_and_nothing_twice() -> None:
    first, journal, ledger = ScriptedClient(delay_s=0.1), MemoryJournal(), MemoryLedger()
    desk = desk_with(first, journal=journal, ledger=ledger, catalogue=NARROW)
    with under_way(calls_of(6), desk, when=lambda: first.in_flight == AT_ONCE):
        desk.stop.request(signal.SIGINT, grace_s=FOREVER_S)
    second = ScriptedClient()
    results = send_calls(calls_of(6), desk_with(second, ledger=ledger, catalogue=NARROW), past=journal.records)
    assert [result.error for result in results] == [None] * 6
    assert (first.count(), second.count()) == (AT_ONCE, 6 - AT_ONCE)
    assert len({intent.attempt_id for intent in ledger.intents}) == len(ledger.intents) == 6


def test_a_call_that_waits_to_be_tried_again_ends_at_once() -> None:
    client = ScriptedClient(failures={"small-1": [rate_limited(25)]})
    desk = desk_with(client)
    with under_way(calls_of(1), desk, when=lambda: client.count() == 1 and client.in_flight == 0):
        desk.stop.request(signal.SIGTERM, grace_s=FOREVER_S)
    assert client.count() == 1


@pytest.mark.parametrize("failure", [failed(), failed("bad_request", is_retryable=False)], ids=["retry", "fallback"])
def test_an_attempt_that_fails_then_is_neither_tried_again_nor_replaced(failure: Exception) -> None:
    client, ledger = ScriptedClient(delay_s=0.1, failures={"small-1": [failure] * 3}), MemoryLedger()  # type: ignore[dict-item]
    desk = desk_with(client, ledger=ledger)
    with under_way(calls_of(1), desk, when=lambda: client.in_flight == 1):
        desk.stop.request(signal.SIGINT, grace_s=FOREVER_S)
    assert client.count() == len(ledger.outcomes) == 1
    assert ledger.decisions == []


@pytest.mark.parametrize("grace_s", [FOREVER_S, 0.05], ids=["second signal", "time is up"])
def test_after_that_no_answer_is_waited_for_and_its_worst_case_counts_as_spent(grace_s: float) -> None:
    worst = worst_case_usd(SMALL, planned_call(item_id="item-0"))
    assert worst is not None
    client, ledger, budget = ScriptedClient(delay_s=30), MemoryLedger(), Budget(Decimal(1))
    desk = desk_with(client, ledger=ledger, budget=budget)
    with under_way(calls_of(1), desk, when=lambda: client.in_flight == 1):
        desk.stop.request(signal.SIGINT, grace_s=grace_s)
        if grace_s == FOREVER_S:
            time.sleep(0.05)
            assert client.in_flight == 1
            desk.stop.give_up()
    assert client.in_flight == 0
    assert (len(ledger.intents), len(ledger.outcomes)) == (1, 0)
    assert budget.unspent_usd == Decimal(1) - worst


def test_a_step_that_begins_after_the_request_sends_and_writes_nothing() -> None:
    client, ledger, journal = ScriptedClient(), MemoryLedger(), MemoryJournal()
    desk = desk_with(client, ledger=ledger, journal=journal)
    desk.stop.request(signal.SIGINT, grace_s=FOREVER_S)
    with pytest.raises(StopRequestedError):
        send_calls(calls_of(3), desk, past=[])
    assert (client.calls, ledger.records, journal.records) == ([], [], [])


def test_a_request_between_a_calls_start_and_its_intent_is_heeded() -> None:
    """Its money is there already: the last look is when the intent is about to be written."""
    client, ledger = ScriptedClient(), MemoryLedger()

    class Late(Budget):
        def reserve(self, worst_case_usd: Decimal | None) -> bool:
            stop.signal_number = signal.SIGINT  # as the handler sets it, before the loop has heard of it
            return super().reserve(worst_case_usd)

    stop = Stop()
    desk = replace(desk_with(client, ledger=ledger, budget=Late(None)), stop=stop)
    with pytest.raises(StopRequestedError):
        send_calls(calls_of(1), desk, past=[])
    assert (client.calls, ledger.records) == ([], [])


def test_a_cancellation_that_nobody_requested_stays_one() -> None:
    stop = Stop()

    async def call() -> None:
        with stop.call():
            await asyncio.sleep(30)

    async def cancel() -> None:
        calling = asyncio.create_task(call())
        await asyncio.sleep(0)
        calling.cancel()
        await calling

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancel())
    stop.request(signal.SIGINT, grace_s=0)  # its loop is closed: nobody is left to be told
