"""The tasks of the learning loop: check the facts, fit weights to them, and let the gate decide."""

from __future__ import annotations

from uuid import uuid4

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.clock import now
from tasks.fitting import learn_predictor
from tasks.ledger import spool_of
from tasks.predictors import keep_predictor
from tasks.redaction.shielding import shielded
from warehouse.home import Home
from warehouse.records import Validated
from warehouse.validation import validate
from warehouse.weights_changes import Change, settle_fit
from warehouse.weights_fit import Fit, fit_weights, with_predictor
from warehouse.weights_gate import judge_fit


@task(task_run_name="validate facts", cache_policy=NO_CACHE)
@shielded
def validate_facts(home: Home, facts: Home) -> tuple[Validated, ...]:
    """Check the facts that `facts` holds still, and record the results for the ledger of `home`."""
    validated = validate(facts, ran_at=now(), validation_id=uuid4().hex)
    spool_of(home).append(*validated).result()
    return validated


@task(task_run_name="fit weights", cache_policy=NO_CACHE)
@shielded
def fit_facts(home: Home, facts: Home, *, is_embedded: bool) -> Fit:
    """Fit weights, and a predictor where texts are stored, to the scored calls that `facts` holds still.

    The predictor's file lies in `home` before anything names it.
    """
    learned = learn_predictor(facts, is_embedded=is_embedded)
    fit = with_predictor(fit_weights(facts), learned.name, note=learned.note)
    if learned.content is not None:
        keep_predictor(home, fit.version, learned.content)
    return fit


@task(task_run_name="promote or reject", cache_policy=NO_CACHE)
@shielded
def promote_or_reject(home: Home, fit: Fit, validated: tuple[Validated, ...], min_calls: int) -> Change:
    """Judge a fit, and record what becomes of it; where it is rejected the live weights stay."""
    return settle_fit(home, fit, judge_fit(fit, validated, min_calls=min_calls), changed_at=now())
