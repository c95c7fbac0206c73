"""What becomes of an answer that a cascade's check looks at: kept, or given up for that of the next model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from policies.cascade.evidence import level_of
from policies.cascade.terms import CascadeView
from policies.types import Decision
from tasks.identifiers import check_id_of
from tasks.jobs.context import Context
from tasks.jobs.steps import LlmStep
from tasks.scorers.judging import Judgement, score_all
from tasks.texts import TextKeeper
from warehouse.records import Intent, Scored

ESCALATED = "escalated"  # the cause of a fallback: the answer did not pass the check
KEPT = "the first answer is kept: "  # how the refusal of an escalation begins


@dataclass(frozen=True, slots=True)
class Answer:
    """A model's answer as the step wants it, and the attempt that gave it."""

    output: object
    intent: Intent


@dataclass(frozen=True, slots=True)
class AnswerCheck:
    """The scorers of a step, for the answers of one item's call."""

    step: LlmStep
    context: Context

    def judge(self, output: object) -> tuple[Judgement, ...]:
        """What every scorer of the step says of an answer."""
        return score_all(self.step.scorers, output, self.context, schema=self.step.output)


@dataclass(frozen=True, slots=True)
class Failing:
    """An answer that did not pass: what the scorers said of it, and why it is given up, in words."""

    judgements: tuple[Judgement, ...]
    reason: str


def taken(decision: Decision) -> CascadeView | None:
    """The cascade that a decision took; None where it took none."""
    view = decision.cascade
    return view if view is not None and view.is_taken and view.second is not None else None


def judge_answer(answer: Answer, view: CascadeView, check: AnswerCheck) -> Failing | None:
    """Whether an answer fails its check; one that the check has nothing to say of passes, and is kept."""
    judgements = check.judge(answer.output)
    found = next((one for one in judgements if one.scorer == view.check), None)
    threshold = view.threshold or 0.0
    if found is None or level_of(found.score) >= level_of(threshold):
        return None
    return Failing(judgements, f"its answer scored {found.score:.3g} by {view.check}, below {threshold:.3g}")


def scores_of(
    answer: Answer, judgements: Sequence[Judgement], *, keep_text: TextKeeper, scored_at: datetime
) -> list[Scored]:
    """The judgements of an answer that is given up, as facts of its attempt: the next model's answer is not its own."""
    intent = answer.intent
    return [
        Scored(
            score_id=check_id_of(intent.attempt_id, one.scorer, one.version),
            call_id=intent.call_id,
            scorer=one.scorer,
            scorer_version=one.version,
            source="check",
            score=one.score,
            detail=keep_text(one.detail),
            scored_by=None,
            scored_at=scored_at,
            attempt_id=intent.attempt_id,
        )
        for one in judgements
    ]
