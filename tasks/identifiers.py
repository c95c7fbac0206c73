"""Keys of calls, decisions, attempts and scores; all but the attempt's are derived, so a resumed run finds its own."""

from __future__ import annotations

import hashlib
import uuid

SEPARATOR = "\x1f"
LENGTH = 32


def digest(*parts: str) -> str:
    """The first 128 bits of SHA-256 over the parts, as 32 hex digits."""
    return hashlib.sha256(SEPARATOR.join(parts).encode()).hexdigest()[:LENGTH]


def call_id_of(run_id: str, item_id: str, step: str) -> str:
    """The key of the one logical call of a step of an item of a run."""
    return digest("call", run_id, item_id, step)


def decision_id_of(call_id: str, number: int) -> str:
    """The key of a call's decision; number 0 is the first, each fallback adds one."""
    return digest("decision", call_id, str(number))


def score_id_of(call_id: str, scorer: str, version: str) -> str:
    """The key of a check's judgement of a call: scoring a call again replaces nothing and adds nothing."""
    return digest("score", call_id, scorer, version)


def refusal_id_of(attempt_id: str) -> str:
    """The key of a step's refusal of one attempt's answer."""
    return digest("refusal", attempt_id)


def check_id_of(attempt_id: str, scorer: str, version: str) -> str:
    """The key of a check's judgement of one attempt's answer, whatever became of it."""
    return digest("check", attempt_id, scorer, version)


def sample_id_of(call_id: str, model: str, number: int) -> str:
    """The key of the call that asks a model again for a call's answer."""
    return digest("sample", call_id, model, str(number))


def agreement_id_of(attempt_id: str, scorer: str, version: str) -> str:
    """The key of how far further answers agree with that of an attempt."""
    return digest("agreement", attempt_id, scorer, version)


def ruling_id_of(call_id: str, rubric: str, version: str) -> str:
    """The key of a judge's score of a call by one version of a rubric."""
    return digest("ruling", call_id, rubric, version)


def feedback_id_of(call_id: str, scorer: str, scored_by: str) -> str:
    """The key of one person's judgement of a call: whatever that person says of it later takes its place."""
    return digest("feedback", call_id, scorer, scored_by)


def new_attempt_id() -> str:
    """A fresh key: two attempts never share one, even when a crash hid the first from the second."""
    return uuid.uuid4().hex
