"""The task *score*: every check of a step's outputs, written to the ledger."""

from __future__ import annotations

from collections.abc import Sequence

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.clock import now
from tasks.identifiers import check_id_of, score_id_of
from tasks.jobs.judges import JudgeStep
from tasks.jobs.steps import LlmStep
from tasks.judges.judging import judge_score
from tasks.judges.sampling import is_scored
from tasks.ledger import spool_of
from tasks.pulses import process_pulses
from tasks.redaction.shielding import shielded
from tasks.refusals import VERSION
from tasks.requests import context_of
from tasks.results import ItemState, load_states
from tasks.routes import load_routes
from tasks.run_context import RunContext, open_run
from tasks.run_folder import write_lines
from tasks.scorers.judging import Judgement, score_all
from tasks.scorers.specs import USABLE
from warehouse.records import Scored


@task(task_run_name="score {step} · chunk {chunk}", cache_policy=NO_CACHE)
@shielded
def score(run: str, chunk: int, step: str) -> str:
    """Judge what a step made of a chunk by the step's scorers; returns the path of the judgements."""
    context = open_run(run)
    path = context.folder.scores(chunk, step)
    if path.exists():
        return str(path)
    states = load_states(context.folder, chunk, steps=[one.name for one in context.job.steps])
    judged = [(state, judgement) for state in states for judgement in judge_item(state, context, step=step)]
    records = [scored(state, judgement, context, step=step) for state, judgement in judged]
    rulings = judge_records(states, context, step=step)
    if records or rulings:
        spool_of(context.home).append(*records, *rulings).result()
    routes = context.folder.routes(chunk, step)
    if routes.exists():  # a retrieve step has none
        process_pulses().see_scores(
            load_routes(routes).routed, records, catalogue=context.catalogue, weights=context.weights
        )
    write_lines(path, [{"item_id": state.item_id, **fields(judgement)} for state, judgement in judged])
    return str(path)


def judge_records(states: Sequence[ItemState], context: RunContext, *, step: str) -> list[Scored]:
    """What a judge's step says of the answers that it looked at, as facts; nothing for any other step."""
    spec, scored_at = context.job.step(step), now()
    if not isinstance(spec, JudgeStep):
        return []
    found = (judge_score(state, spec, keep_text=context.keep_text, scored_at=scored_at) for state in states)
    return [one for one in found if one is not None]


def judge_item(state: ItemState, context: RunContext, *, step: str) -> tuple[Judgement, ...]:
    """The judgements of one item's output; none where nothing was answered, or the step makes no calls.

    Refused answers were judged as they came (`tasks/refusals.py`). A step of a model without scorers says that the
    answer can be used.
    """
    result = state.results.get(step)
    if result is None or result.status != "ok" or result.call_id is None:
        return ()
    spec = context.job.step(step)
    if isinstance(spec, LlmStep) and not is_scored(state.item_id, spec, seed=context.manifest.seed):
        return (Judgement(USABLE, VERSION, 1.0, "there, and as the step asks for it"),)
    schema = spec.output if isinstance(spec, LlmStep) else None
    return score_all(spec.scorers, result.output, context_of(state), schema=schema)


def scored(state: ItemState, judgement: Judgement, context: RunContext, *, step: str) -> Scored:
    """A judgement as a fact."""
    call_id, attempt_id = state.results[step].call_id or "", state.results[step].attempt_id
    own_id = None if attempt_id is None else check_id_of(attempt_id, judgement.scorer, judgement.version)
    return Scored(
        score_id=own_id or score_id_of(call_id, judgement.scorer, judgement.version),
        call_id=call_id,
        scorer=judgement.scorer,
        scorer_version=judgement.version,
        source="check",
        score=judgement.score,
        detail=context.keep_text(judgement.detail),
        scored_by=None,
        scored_at=now(),
        attempt_id=attempt_id,
    )


def fields(judgement: Judgement) -> dict[str, object]:
    """A judgement as a row of the run's own files."""
    return {"scorer": judgement.scorer, "score": judgement.score, "detail": judgement.detail}
