"""The ledger's record of one routing decision."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from policies.features import FIELDS, Feature, features_of, state_of
from policies.forecast import told
from policies.terms import PLAIN, Terms
from policies.types import Decision, Request, RoutingState
from tasks.identifiers import decision_id_of
from tasks.texts import TextKeeper
from warehouse.records import DecisionMade


def record_decision(
    request: Request,
    decision: Decision,
    *,
    number: int,
    run_id: str,
    catalogue_version: str,
    decided_at: datetime,
    state: RoutingState | None,
    keep_text: TextKeeper,
    terms: Terms = PLAIN,
) -> DecisionMade:
    """The decision of a call as a fact; `number` is 0 for the first and counts its fallbacks.

    `state` is what it was made in, None where that was not written down; `terms` are what it was made on, with the λ
    of its chunk.
    """
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
        candidates=tuple(decision.candidates),
        lambda_=decision.lambda_,
        weights_version=decision.weights_version,
        rules_version=decision.rules_version,
        catalogue_version=catalogue_version,
        refusal=decision.refusal,
        features=stored_features(request, keep_text),
        decided_at=decided_at,
        text=keep_text.whole(request.text),
        state=None if state is None else state_of(state, terms=terms),
        fallbacks=decision.fallbacks,
        cascade=decision.cascade,
        forecast=None if request.forecast is None else told(request.forecast),
    )


def stored_features(request: Request, keep_text: TextKeeper) -> Mapping[str, Feature]:
    """A request's features as they may be stored: an item's fields are texts of the user's, where they are texts."""
    features = features_of(request)
    if FIELDS not in features:
        return features
    kept = {name: keep_text.whole(v) if isinstance(v, str) else v for name, v in request.fields.items()}
    return {**features, FIELDS: kept if keep_text.store_text == "full" else None}


def dearest_usd(made: Decision) -> Decimal:
    """The cost of the dearest model that could have served, as far as it is known; 0 where none is."""
    return max((c.p_cost_usd for c in made.candidates if c.eligible and c.p_cost_usd is not None), default=Decimal(0))
