"""The ledger's record that a step could not use an answer: a score of 0 for the model that gave it."""

from __future__ import annotations

from datetime import datetime

from tasks.answers import RejectedAnswerError
from tasks.identifiers import refusal_id_of
from tasks.scorers.specs import USABLE
from tasks.texts import TextKeeper
from warehouse.records import Intent, Scored

VERSION = "1"


def record_refusal(
    intent: Intent, error: RejectedAnswerError, *, is_scored: bool, keep_text: TextKeeper, scored_at: datetime
) -> Scored:
    """The refusal of one attempt's answer as a fact; `is_scored` says whether the step has scorers.

    The score is the attempt's and not the call's: where the call falls back, the next model's answer is not judged by
    it. A failure of the provider is no answer, and has no such record.
    """
    return Scored(
        score_id=refusal_id_of(intent.attempt_id),
        call_id=intent.call_id,
        scorer=error.check if is_scored else USABLE,
        scorer_version=VERSION,
        source="check",
        score=0.0,
        detail=keep_text(str(error)),
        scored_by=None,
        scored_at=scored_at,
        attempt_id=intent.attempt_id,
    )
