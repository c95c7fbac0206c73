"""The records of one attempt: what it was about to be, how it ended, what it cost."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from decimal import Decimal

from policies import pricing
from policies.pricing import cost_usd
from policies.types import Deployment, Model
from tasks.desk import Desk
from tasks.identifiers import new_attempt_id
from tasks.models.client import CallError, Completion, Message
from tasks.models.images import shown_text
from tasks.planned import PlannedCall
from tasks.texts import TextKeeper
from warehouse.records import AttemptStatus, CostSource, Intent, Outcome, Record

# A token of a byte-level vocabulary covers at least one byte; a chat template adds a few per message.
TEMPLATE_TOKENS_PER_MESSAGE = 32
# Errors after which nobody knows whether the provider did the work and will charge for it.
MAYBE_BILLED = frozenset({"timeout", "connection", "malformed_response", "unexpected"})


@dataclass(frozen=True, slots=True)
class Route:
    """Which model an attempt goes to, by which decision, the model that it replaces, and why that was left.

    `decided` is the decision's record where the ledger has it not yet: it becomes durable before the first intent.
    """

    model: str
    decision_id: str
    fallback_from: str | None
    fallback_cause: str | None = None
    decided: Record | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """How an attempt ended, before it is priced."""

    status: AttemptStatus
    completion: Completion | None
    error: CallError | None


def worst_case_usd(model: Model, call: PlannedCall) -> Decimal | None:
    """The most that an attempt can cost: every byte of prompt and schema a token, the answer as long as allowed, and
    each image the largest."""
    n_bytes = sum(len(message.content.encode()) + TEMPLATE_TOKENS_PER_MESSAGE for message in call.messages)
    n_bytes += sum(len(message.images) for message in call.messages) * model.image_tokens
    if call.schema is not None:  # providers put the schema into the prompt, and bill it
        n_bytes += len(json.dumps(call.schema).encode()) + TEMPLATE_TOKENS_PER_MESSAGE
    return pricing.worst_case_usd(model.price, input_tokens=n_bytes, max_output_tokens=call.request.max_output_tokens)


def prompt_hash_of(messages: tuple[Message, ...]) -> str:
    """SHA-256 over the roles, texts and images of a prompt."""
    parts = ["\x1f".join((m.role, m.content, *(image.sha256 for image in m.images))) for m in messages]
    return hashlib.sha256("\x1e".join(parts).encode()).hexdigest()


def intent_of(
    call: PlannedCall, desk: Desk, *, route: Route, deployment: Deployment, attempt_no: int, reserved: Decimal | None
) -> Intent:
    """The record that an attempt is about to be sent."""
    return Intent(
        attempt_id=new_attempt_id(),
        call_id=call.request.call_id,
        decision_id=route.decision_id,
        run_id=call.run_id,
        item_id=call.request.item_id,
        step=call.request.step,
        task_type=call.request.task_type,
        model=route.model,
        deployment=deployment.name,
        provider=deployment.provider,
        attempt_no=attempt_no,
        is_fallback=route.fallback_from is not None,
        fallback_from=route.fallback_from,
        price_id=desk.catalogue[route.model].price.price_id,
        reserved_usd=reserved,
        prompt_hash=desk.keep_text.fingerprint(prompt_hash_of(call.messages)),
        prompt_text=desk.keep_text("\n\n".join(map(shown_text, call.messages))),
        started_at=desk.now(),
        fallback_cause=route.fallback_cause,
    )


def outcome_of(intent: Intent, ending: Ending, *, model: Model, desk: Desk, seconds: tuple[float, float]) -> Outcome:
    """The record of how an attempt ended; `seconds` are those in the queue and those on the way."""
    completion, error = ending.completion, ending.error
    cost, source = price_of(ending, model)
    return Outcome(
        intent=intent,
        status=ending.status,
        error_type=error.error_type if error else None,
        error_message=str(error) if error else None,
        input_tokens=completion.input_tokens if completion else None,
        output_tokens=completion.output_tokens if completion else None,
        cached_tokens=completion.cached_tokens if completion else None,
        cost_usd=cost,
        cost_source=source,
        latency_s=seconds[1],
        queue_s=seconds[0],
        ended_at=desk.now(),
        response_text=sound_text(completion.text) if completion else None,
    )


def sound_text(text: str) -> str:
    """A text that can be written down: halves of surrogate pairs joined, and U+FFFD for those that stand alone."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def price_of(ending: Ending, model: Model) -> tuple[Decimal | None, CostSource]:
    """What an attempt cost and how that is known.

    The provider's own figure wins over tokens times price. A failure is free where nothing was sent or the provider
    refused with a status; after a time-out or a cut connection nobody knows whether it was billed.
    """
    completion = ending.completion
    if completion is None:
        return (Decimal(0), "priced") if ending.error is not None and is_unbilled(ending.error) else (None, "unknown")
    if completion.provider_cost_usd is not None:
        return completion.provider_cost_usd, "provider"
    if completion.input_tokens is None or completion.output_tokens is None:
        return None, "unknown"
    cost = cost_usd(
        model.price,
        input_tokens=completion.input_tokens,
        output_tokens=completion.output_tokens,
        cached_tokens=completion.cached_tokens or 0,
    )
    return cost, "unknown" if cost is None else "priced"


def is_unbilled(error: CallError) -> bool:
    """Whether a failure can't have cost anything: nothing was sent, or the provider answered with an error status."""
    return not error.is_sent or error.error_type not in MAYBE_BILLED


def as_stored(record: Record, *, keep_text: TextKeeper) -> Record:
    """A record as the ledger may have it: answer and error cut down to what may be stored of texts.

    An error counts as a text too, since providers repeat the prompt in theirs.
    """
    if not isinstance(record, Outcome):
        return record
    response, error = record.response_text, record.error_message
    return replace(
        record,
        response_text=None if response is None else keep_text(response),
        error_message=None if error is None else keep_text(error),
    )
