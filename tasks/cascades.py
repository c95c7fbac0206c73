"""What becomes of an answer that a cascade's check looks at: kept, or given up for that of the next model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from policies.cascade.evidence import level_of
from policies.cascade.terms import SELF_CONSISTENCY, CascadeView
from policies.types import Decision
from tasks.identifiers import check_id_of
from tasks.jobs.context import Context
from tasks.jobs.steps import LlmStep
from tasks.jobs.terms import check_of_step
from tasks.scorers.judging import Judgement, score_all
from tasks.scorers.sample import Verdict
from tasks.texts import TextKeeper
from warehouse.records import Intent, Scored

ESCALATED = "escalated"  # the cause of a fallback: the answer did not pass the check
TEMPERATURE = 0.7  # of further answers, where a job does not say
KEPT = "the first answer is kept: "  # how the refusal of an escalation begins


@dataclass(frozen=True, slots=True)
class Answer:
    """A model's answer as the step wants it, and the attempt that gave it."""

    output: object
    intent: Intent


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a model is asked again: `n` times, at a temperature; and of which share of the answers of models alone."""

    n: int
    temperature: float
    measured: float


@dataclass(frozen=True, slots=True)
class AnswerCheck:
    """The scorers of a step, for the answers of one item's call."""

    step: LlmStep
    context: Context

    @property
    def sampling(self) -> Sampling | None:
        """How further answers are asked for; None where the check is one of the scorers."""
        spec, terms = self.step.cascade, check_of_step(self.step)
        if spec is None or terms is None or not terms.samples:
            return None
        return Sampling(terms.samples, TEMPERATURE if spec.temperature is None else spec.temperature, terms.measured)

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


def judge_answer(answer: Answer, view: CascadeView, check: AnswerCheck, agreed: Verdict | None) -> Failing | None:
    """Whether an answer fails its check; one that the check has nothing to say of passes, and is kept.

    `agreed` is how far further answers agree with it, where that is the check.
    """
    threshold = view.threshold or 0.0
    if view.check == SELF_CONSISTENCY:
        if agreed is None or level_of(agreed.score) >= level_of(threshold):
            return None
        why = f"{agreed.detail}: an agreement of {agreed.score:.3g}, below {threshold:.3g}"
        return Failing(check.judge(answer.output), why)
    judgements = check.judge(answer.output)
    found = next((one for one in judgements if one.scorer == view.check), None)
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
