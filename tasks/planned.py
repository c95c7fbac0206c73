"""A call as routing leaves it and sending takes it up: the request, its messages, its limits, its first decision."""

from __future__ import annotations

from dataclasses import dataclass

from policies.types import Decision, Request
from tasks.cascades import AnswerCheck
from tasks.jobs.outputs import Schema
from tasks.models.client import Message


@dataclass(frozen=True, slots=True)
class CallLimits:
    """How often and how long a call may be tried; `attempts` is per model, `fallbacks` the number of other models.

    A call that waits for a model's health gives up after `max_probes` of others have failed meanwhile (None: it waits
    until its deadline). One that `is_optional` fails where the money for it is spent, and does not stop the run.
    """

    attempts: int
    fallbacks: int
    timeout_s: float
    deadline_s: float
    temperature: float
    seed: int
    max_probes: int | None = None
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """One call with all that is needed to send it; `check` is what a cascade's answers are judged by, if there is
    any."""

    run_id: str
    request: Request
    decision: Decision
    messages: tuple[Message, ...]
    limits: CallLimits
    schema: Schema | None = None
    check: AnswerCheck | None = None


@dataclass(frozen=True, slots=True)
class CallResult:
    """How a call ended: `output` is text, or a parsed object where the step has a schema; `error` is why it failed.

    `attempt_id` is the attempt that answered, where others were made after it.
    """

    call_id: str
    item_id: str
    model: str | None
    output: object
    error: str | None
    attempt_id: str | None = None
