"""The ledger's record of one routing decision."""

from __future__ import annotations

from datetime import datetime

from policies.types import Decision, Request
from tasks.identifiers import decision_id_of
from warehouse.records import DecisionMade


def record_decision(
    request: Request, decision: Decision, *, number: int, run_id: str, catalogue_version: str, decided_at: datetime
) -> DecisionMade:
    """The decision of a call as a fact; `number` is 0 for the first and counts its fallbacks."""
    return DecisionMade(
        decision_id=decision_id_of(request.call_id, number),
        call_id=request.call_id,
        run_id=run_id,
        item_id=request.item_id,
        step=request.step,
        task_type=request.task_type,
        policy=decision.policy,
        rule=decision.rule,
        model=decision.model,
        propensity=decision.propensity,
        explored=decision.explored,
        candidates=decision.candidates,
        lambda_=decision.lambda_,
        weights_version=decision.weights_version,
        rules_version=decision.rules_version,
        catalogue_version=catalogue_version,
        refusal=decision.refusal,
        features=features_of(request),
        decided_at=decided_at,
    )


def features_of(request: Request) -> dict[str, str | int | float | bool | None]:
    """What the policy saw of a request, without its text."""
    return {
        "job": request.job,
        "tags": " ".join(sorted(request.tags)),
        "needs": " ".join(sorted(request.needs)),
        "n_characters": len(request.text),
        "input_tokens": request.input_tokens,
        "max_output_tokens": request.max_output_tokens,
        "is_structured": request.is_structured,
        **category_of(request),
    }


def category_of(request: Request) -> dict[str, str | int | float | bool | None]:
    """What the classifier made of a request; nothing where it was not asked."""
    if request.category_confidence is None:
        return {}
    return {
        "category": request.category,
        "category_confidence": request.category_confidence,
        "is_ambiguous": request.is_ambiguous,
    }
