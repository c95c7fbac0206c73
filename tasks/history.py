"""What is known of a call from before a crash: its attempts, in order, from the step's journal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from warehouse.records import Intent, Outcome, Record


@dataclass(frozen=True, slots=True)
class PastAttempt:
    """An attempt that was made; without an outcome nobody knows how it ended."""

    intent: Intent
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class History:
    """The past attempts of one call, oldest first."""

    attempts: tuple[PastAttempt, ...] = ()

    def of(self, model: str) -> tuple[PastAttempt, ...]:
        """Those that were sent to one model."""
        return tuple(attempt for attempt in self.attempts if attempt.intent.model == model)

    def gave_up(self, model: str) -> bool:
        """Whether the call had gone on from this model to another one."""
        return bool(self.of(model)) and self.attempts[-1].intent.model != model


def histories(records: Iterable[Record]) -> Mapping[str, History]:
    """The histories by call id; a call that is not in it has none."""
    records = list(records)
    outcomes = {record.intent.attempt_id: record for record in records if isinstance(record, Outcome)}
    by_call: dict[str, list[PastAttempt]] = defaultdict(list)
    for record in records:
        if isinstance(record, Intent):
            by_call[record.call_id].append(PastAttempt(record, outcomes.get(record.attempt_id)))
    return {call_id: History(tuple(attempts)) for call_id, attempts in by_call.items()}
