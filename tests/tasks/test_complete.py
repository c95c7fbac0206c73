"""All calls of a step at once: each has its result, in order; one that stops leaves the others accounted for."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tasks.accounts import worst_case_usd
from tasks.attempts import BudgetExhaustedError
from tasks.budget import Budget
from tasks.complete import send_calls
from tasks.journal import StepJournal, read_journal
from tests.fakes.clients import ScriptedClient, failed, refused, timed_out
from tests.fakes.desks import SMALL, MemoryJournal, MemoryLedger, desk_with, planned_call
from warehouse.records import Outcome


def test_results_come_in_the_order_of_the_calls_however_they_end() -> None:
    client = ScriptedClient(failures={"small-1": [None, refused(), None]}, delay_s=0.001)
    calls = [planned_call(item_id=f"item-{n}", fallbacks=0) for n in range(3)]
    results = send_calls(calls, desk_with(client), past=[])
    assert [result.item_id for result in results] == ["item-0", "item-1", "item-2"]
    assert [result.error is None for result in results] == [True, False, True]


def test_all_calls_are_under_way_at_once() -> None:
    client = ScriptedClient(delay_s=0.02)
    send_calls([planned_call(item_id=f"item-{n}") for n in range(20)], desk_with(client), past=[])
    assert client.most_in_flight == 20


def test_a_budget_that_runs_out_leaves_what_was_sent_accounted_for(tmp_path: Path) -> None:
    worst = worst_case_usd(SMALL, planned_call())
    assert worst is not None
    client = ScriptedClient(delay_s=0.05, failures={"small-1": [timed_out()] * 5})  # each may have cost the worst
    ledger, path = MemoryLedger(), tmp_path / "step.journal.jsonl"
    calls = [planned_call(item_id=f"item-{n}", attempts=1, fallbacks=0) for n in range(5)]
    with StepJournal(path) as journal:
        desk = desk_with(client, ledger=ledger, journal=journal, budget=Budget(worst * 3))
        with pytest.raises(BudgetExhaustedError):
            send_calls(calls, desk, past=[])
    assert client.count() == len(ledger.outcomes) == 3
    assert sum(isinstance(record, Outcome) for record in read_journal(path)) == 3


def test_a_call_that_stops_at_once_leaves_those_under_way_accounted_for(tmp_path: Path) -> None:
    client, ledger, path = ScriptedClient(delay_s=0.05), MemoryLedger(), tmp_path / "step.journal.jsonl"
    calls = [planned_call(model="secretive"), *(planned_call(item_id=f"item-{n}") for n in range(2, 5))]
    with StepJournal(path) as journal:
        desk = desk_with(client, ledger=ledger, journal=journal, budget=Budget(Decimal(1)))
        with pytest.raises(BudgetExhaustedError, match="secretive"):
            send_calls(calls, desk, past=[])
    assert client.count() == len(ledger.outcomes) == 3
    assert sum(isinstance(record, Outcome) for record in read_journal(path)) == 3


def test_calls_wait_for_the_money_that_others_have_reserved_and_will_not_spend() -> None:
    worst = worst_case_usd(SMALL, planned_call())
    assert worst is not None
    client, budget = ScriptedClient(delay_s=0.01), Budget(worst * 4)
    results = send_calls(
        [planned_call(item_id=f"item-{n}") for n in range(20)], desk_with(client, budget=budget), past=[]
    )
    assert [result.error for result in results] == [None] * 20
    assert client.most_in_flight <= 5
    assert budget.remaining_usd is not None
    assert budget.remaining_usd > worst


def test_what_the_past_shows_as_answered_is_not_sent_again() -> None:
    first, journal = (
        ScriptedClient(failures={"small-1": [None, failed("bad_request", is_retryable=False)]}),
        MemoryJournal(),
    )
    calls = [planned_call(item_id=f"item-{n}", attempts=1, fallbacks=0) for n in range(3)]
    send_calls(calls, desk_with(first, journal=journal), past=[])
    second = ScriptedClient()
    results = send_calls(calls, desk_with(second), past=journal.records)
    assert second.calls == []
    assert [result.error is None for result in results] == [True, False, True]


def test_no_calls_give_no_results() -> None:
    assert send_calls([], desk_with(ScriptedClient(), budget=Budget(Decimal(1))), past=[]) == []
