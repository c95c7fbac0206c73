"""A judge's step at work: what it looks at, what it is asked, what comes of its verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from tasks.identifiers import ruling_id_of
from tasks.jobs.context import Context, RenderError, plain, resolve
from tasks.jobs.judges import JudgeStep, judged_by
from tasks.judges.prompts import judge_messages
from tasks.judges.verdicts import Fields, Ruling, absolute_ruling, pairwise_ruling
from tasks.models.client import Message
from tasks.results import ItemState, StepResult
from tasks.scorers.sample import text_of
from tasks.texts import TextKeeper
from warehouse.records import Scored


def judging_messages(step: JudgeStep, context: Context, *, task: Sequence[Message]) -> tuple[Message, ...]:
    """What a judge is asked of an item's answer; raises `RenderError` where what it is compared with is not there."""
    answer = text_of(plain(context.steps[step.judged.name]))
    reference = None if step.spec.reference is None else shown(step.spec.reference, context)
    if step.spec.against is None:
        return judge_messages(step.rubric, task=task, answers=(answer,), reference=reference)
    other = shown(step.spec.against, context)
    if other is None:
        raise RenderError(f"{step.spec.against} is empty: there is nothing to compare with")
    answers = (other, answer) if step.is_swapped else (answer, other)
    return judge_messages(step.rubric, task=task, answers=answers, reference=reference)


def shown(reference: str, context: Context) -> str | None:
    """The text that a reference points at; None where the item has none, or only blanks."""
    try:
        text = text_of(plain(resolve(reference, context)))
    except RenderError:
        return None
    return text if text.strip() else None


def ruling_of(state: ItemState, step: JudgeStep) -> Ruling | None:
    """What a judge's verdicts of an item come to; None where one is missing, malformed or still to come."""
    names = judged_by(step.judged)
    results = [state.results.get(name) for name in names]
    if not step.is_last or not all(result is not None and result.status == "ok" for result in results):
        return None
    verdicts = [fields_of(result) for result in results if result is not None]
    return absolute_ruling(step.rubric, verdicts[0]) if len(verdicts) == 1 else pairwise_ruling(*verdicts)


def fields_of(result: StepResult) -> Fields:
    """A verdict's fields; what came through its schema is a mapping."""
    return cast(Fields, result.output if isinstance(result.output, Mapping) else {})


def judge_score(state: ItemState, step: JudgeStep, *, keep_text: TextKeeper, scored_at: datetime) -> Scored | None:
    """The judged answer's score as a fact, with the call that it cost (of two, the first); None where there is none."""
    ruling, judged = ruling_of(state, step), state.results.get(step.judged.name)
    if ruling is None or judged is None or judged.call_id is None:
        return None
    return Scored(
        score_id=ruling_id_of(judged.call_id, step.rubric.name, step.rubric.version),
        call_id=judged.call_id,
        scorer=step.rubric.name,
        scorer_version=step.rubric.version,
        source="judge",
        score=ruling.score,
        detail=keep_text(ruling.reason),
        scored_by=state.results[judged_by(step.judged)[0]].model,
        scored_at=scored_at,
        cost_call_id=state.results[judged_by(step.judged)[0]].call_id,
        attempt_id=judged.attempt_id,
    )
