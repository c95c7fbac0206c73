"""An attempt of another tool as a fact of ours: same words, its own origin, and texts only as they may be stored."""

from __future__ import annotations

from tasks.identifiers import digest
from tasks.imports.names import Names
from tasks.imports.texts import prompt_of, response_of
from tasks.texts import TextKeeper
from warehouse.imports.attempts import CallSource, ForeignAttempt
from warehouse.records import AttemptImported


def attempt_id_of(origin: str, foreign_id: str) -> str:
    """The key of an imported attempt: the same however often and from whatever file it is imported."""
    return digest("imported attempt", origin, foreign_id)


def call_id_of(origin: str, foreign_id: str) -> str:
    """The key of an imported attempt's call."""
    return digest("imported call", origin, foreign_id)


def imported_attempt(
    foreign: ForeignAttempt, *, origin: CallSource, run_id: str, names: Names, keep_text: TextKeeper
) -> AttemptImported:
    """The record of one attempt; whatever names a key or a person in the export is not taken over."""
    model = names.model(foreign.foreign_model, provider=foreign.provider, group=foreign.model_group)
    prompt_hash, prompt = prompt_of(foreign.prompt)
    response = response_of(foreign.response)
    return AttemptImported(
        attempt_id=attempt_id_of(origin, foreign.foreign_id),
        call_id=call_id_of(origin, foreign.foreign_id),
        run_id=run_id,
        item_id=foreign.item_id,
        step=foreign.step,
        task_type=names.task_type(foreign.labels, hint=foreign.task_hint),
        model=model.name,
        deployment=foreign.foreign_model,
        provider=model.provider,
        status=foreign.status,
        error_type=foreign.error_type,
        error_message=None if foreign.error_message is None else keep_text(foreign.error_message),
        input_tokens=foreign.input_tokens,
        output_tokens=foreign.output_tokens,
        cached_tokens=foreign.cached_tokens,
        cost_usd=foreign.cost_usd,
        latency_s=foreign.latency_s,
        started_at=foreign.started_at,
        ended_at=foreign.ended_at,
        prompt_hash=keep_text.fingerprint(prompt_hash),
        prompt_text=None if prompt is None else keep_text(prompt),
        response_text=None if response is None else keep_text(response),
        origin=origin,
        foreign_id=foreign.foreign_id,
    )
