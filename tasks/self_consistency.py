"""Self-consistency: a model is asked again, in calls of their own, and its answer held against the others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from typing import Protocol

from policies.cascade.terms import SELF_CONSISTENCY
from policies.draws import draw_uniform
from policies.types import Candidate, Decision
from tasks.answers import RejectedAnswerError
from tasks.attempts import BudgetExhaustedError
from tasks.cascades import Answer, Sampling
from tasks.decisions import dearest_usd
from tasks.desk import Desk
from tasks.history import History
from tasks.identifiers import agreement_id_of, sample_id_of
from tasks.planned import CallResult, PlannedCall
from tasks.refusals import record_refusal
from tasks.scorers.agreement import VERSION, agreement
from tasks.scorers.sample import Verdict
from warehouse.records import Agreed, Intent, Scored


class Settle(Protocol):
    """How a call is sent: `tasks.sending.settle_call`."""

    def __call__(self, call: PlannedCall, desk: Desk, *, history: History) -> Awaitable[CallResult]: ...


def is_measured(call: PlannedCall, sampling: Sampling) -> bool:
    """Whether the answer of a model alone is put to the check too: drawn from the run's seed and the call's id.

    Only where a dearer model could be asked next: of the dearest one nobody needs to know.
    """
    made, request = call.decision, call.request
    own = next((c.p_cost_usd for c in made.candidates if c.model == made.model), None)
    if made.cascade is None or own is None or own >= dearest_usd(made):
        return False
    return draw_uniform(call.limits.seed, request.call_id, purpose=SELF_CONSISTENCY) < sampling.measured


async def measure(
    answer: Answer, call: PlannedCall, desk: Desk, *, sampling: Sampling, left_s: float, settle: Settle
) -> Verdict | None:
    """Ask the model of an answer again, and record how far the others agree with it; None where none came.

    The further answers are calls of their own, all at once, within the call's deadline and the run's budget; what a
    killed process had of them is not sent again. Raises as `tasks.sending.settle_call` does, but not for want of money.
    """
    if left_s <= 0:
        return None
    calls = [sample_call(answer, call, number, sampling, left_s=left_s) for number in range(sampling.n)]
    await desk.ledger.append(*(desk.record_decision(one.request, one.decision, 0) for one in calls))
    seen = await ask_again(calls, desk, settle=settle)
    if not seen:
        return None
    verdict = agreement(answer.output, seen)
    await desk.ledger.append(agreed(answer, verdict, n_samples=sampling.n, n_seen=len(seen), desk=desk))
    return verdict


async def ask_again(calls: Sequence[PlannedCall], desk: Desk, *, settle: Settle) -> list[object | None]:
    """The further answers that came, None for one that the step can't use; what nobody could pay is left out."""
    useless: set[str] = set()

    def refuse(intent: Intent, error: RejectedAnswerError) -> Scored:
        useless.add(intent.call_id)
        return record_refusal(intent, error, is_scored=False, keep_text=desk.keep_text, scored_at=desk.now())

    own_desk = replace(desk, record_refusal=refuse)

    async def ask(call: PlannedCall) -> CallResult | None:
        with desk.stop.call():
            try:
                return await settle(call, own_desk, history=desk.past.get(call.request.call_id, History()))
            except BudgetExhaustedError:
                return None

    ended = await asyncio.gather(*map(ask, calls), return_exceptions=True)
    for end in ended:
        if isinstance(end, BaseException):
            raise end
    results = [end for end in ended if isinstance(end, CallResult)]
    return [one.output for one in results if one.error is None or one.call_id in useless]


def sample_call(answer: Answer, call: PlannedCall, number: int, sampling: Sampling, *, left_s: float) -> PlannedCall:
    """The same request to the same model once more, as a call of the step NAME.self_consistency."""
    model, request = answer.intent.model, call.request
    sample = replace(
        request,
        call_id=sample_id_of(request.call_id, model, number),
        step=f"{request.step}.{SELF_CONSISTENCY}",
    )
    seen = next((c for c in call.decision.candidates if c.model == model), Candidate(model, eligible=True, reason=""))
    limits = replace(
        call.limits,
        fallbacks=0,
        temperature=sampling.temperature,
        seed=call.limits.seed + 1 + number,
        deadline_s=left_s,
    )
    decision = Decision(sample.call_id, SELF_CONSISTENCY, None, model, 1.0, False, (replace(seen, reason=""),))
    return replace(call, request=sample, decision=decision, limits=limits, check=None)


def agreed(answer: Answer, verdict: Verdict, *, n_samples: int, n_seen: int, desk: Desk) -> Agreed:
    """The agreement as a fact; the key is the attempt's, so that measuring again adds nothing."""
    intent = answer.intent
    return Agreed(
        agreement_id=agreement_id_of(intent.attempt_id, SELF_CONSISTENCY, VERSION),
        call_id=intent.call_id,
        attempt_id=intent.attempt_id,
        scorer=SELF_CONSISTENCY,
        scorer_version=VERSION,
        agreement=verdict.score,
        n_samples=n_samples,
        n_seen=n_seen,
        detail=desk.keep_text(verdict.detail),
        measured_at=desk.now(),
    )
