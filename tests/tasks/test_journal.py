"""A step's journal survives kills, and says what became of each call."""

from __future__ import annotations

import asyncio
import stat
from contextlib import suppress
from pathlib import Path

import pytest

from tasks.accounts import Route
from tasks.attempts import send_attempt
from tasks.budgets import spent_usd
from tasks.history import History, histories
from tasks.journal import StepJournal, read_journal
from tasks.models.client import CallError
from tests.fakes.clients import ScriptedClient, failed, timed_out
from tests.fakes.desks import MemoryJournal, desk_with, planned_call
from warehouse.records import Intent, Outcome, Record


def records_of(n_attempts: int = 1, *, item_id: str = "item-1", error: CallError | None = None) -> list[Record]:
    """What attempts at one call leave in a journal."""
    journal = MemoryJournal()
    desk = desk_with(ScriptedClient(failures={"small-1": [error] * n_attempts}), journal=journal)
    for number in range(1, n_attempts + 1):
        sending = send_attempt(planned_call(item_id=item_id), desk, route=Route("small", "d", None), attempt_no=number)
        with suppress(CallError):
            asyncio.run(sending)
    return journal.records


def write(path: Path, records: list[Record]) -> None:
    with StepJournal(path) as journal:
        journal.append(*records)


def test_what_was_appended_is_read_back_whole(tmp_path: Path) -> None:
    path, records = tmp_path / "chunk" / "step.journal.jsonl", records_of()
    write(path, records)
    assert read_journal(path) == records


def test_a_journal_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "chunk" / "step.journal.jsonl"
    write(path, records_of())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_journal_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert read_journal(tmp_path / "none") == []


def test_records_are_with_the_operating_system_before_append_returns(tmp_path: Path) -> None:
    path, records = tmp_path / "step.journal.jsonl", records_of()
    with StepJournal(path) as journal:
        journal.append(records[0])
        assert read_journal(path) == records[:1]


@pytest.mark.parametrize("n_lost", [1, 2, 40])
def test_a_torn_last_line_hides_neither_what_was_before_nor_what_comes_after(tmp_path: Path, n_lost: int) -> None:
    path = tmp_path / "step.journal.jsonl"
    first, second, third = records_of(), records_of(item_id="item-2"), records_of(item_id="item-3")
    write(path, [*first, *second])
    content = path.read_bytes()
    path.write_bytes(content[:-n_lost])
    write(path, third)
    known = histories(read_journal(path))
    assert len(known) == 3
    torn = known[planned_call(item_id="item-2").request.call_id].attempts[0]
    assert (torn.outcome is None) == (n_lost > 1)  # a line that lost its line break alone is whole
    assert known[planned_call(item_id="item-3").request.call_id].attempts[0].outcome is not None


def test_every_prefix_of_a_journal_can_be_read(tmp_path: Path) -> None:
    path, records = tmp_path / "step.journal.jsonl", records_of()
    write(path, records)
    content = path.read_bytes()
    for size in range(0, len(content), 7):
        path.write_bytes(content[:size])
        assert read_journal(path) == records[: content[: size + 1].count(b"\n")]


def test_an_attempt_without_an_outcome_is_known_to_have_been_made() -> None:
    records = [record for record in records_of(2, error=failed()) if isinstance(record, Intent)]
    (history,) = histories(records).values()
    assert [attempt.outcome for attempt in history.attempts] == [None, None]
    assert [attempt.intent.attempt_no for attempt in history.attempts] == [1, 2]


def test_a_history_tells_the_models_apart() -> None:
    (history,) = histories(records_of(2, error=failed())).values()
    assert len(history.of("small")) == 2
    assert history.of("large") == ()
    assert not history.gave_up("small")
    assert not History().gave_up("small")


def test_what_was_spent_is_the_costs_and_the_worst_case_of_the_unknown() -> None:
    answered, unbilled = records_of(), records_of(item_id="item-2", error=failed())
    lost, timed = records_of(item_id="item-3")[:1], records_of(item_id="item-4", error=timed_out())
    (cost,) = (record.cost_usd for record in answered if isinstance(record, Outcome))
    worst = [record.reserved_usd for record in (*lost, *timed) if isinstance(record, Intent)]
    assert cost is not None
    assert all(worst)
    assert spent_usd([*answered, *unbilled, *lost, *timed]) == cost + sum(amount or 0 for amount in worst)
