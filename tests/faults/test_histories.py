"""Whatever happened to calls, and in whatever order it lands: attempts, calls, marts and FOCUS charges add up alike."""

from __future__ import annotations

from hypothesis import given, settings

from tests.faults.histories import check_history, histories, open_ledger


def test_attempts_calls_marts_and_focus_charges_add_up_to_the_history() -> None:
    with open_ledger() as ledger:

        @settings(max_examples=6, deadline=None)
        @given(histories())
        def adds_up(history) -> None:
            check_history(ledger, history)

        adds_up()
