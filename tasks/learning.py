"""The tasks of the learning loop: check the facts, fit weights to them, and let the gate decide."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

from prefect import task
from prefect.cache_policies import NO_CACHE

from policies.gate.evaluation import Evaluation
from policies.gate.evidence import weigh_trial
from policies.gate.thresholds import Thresholds
from tasks.clock import now
from tasks.fitting import learn_predictor
from tasks.ledger import spool_of
from tasks.predictors import keep_predictor
from tasks.redaction.shielding import shielded
from tasks.trials import try_fit
from warehouse.home import Home
from warehouse.records import Validated
from warehouse.validation import validate
from warehouse.weights_changes import Change, settle_fit
from warehouse.weights_fit import SOURCE_CAP, USUAL, Fit, HalfLives, fit_weights, with_predictor
from warehouse.weights_gate import judge_all

SEED = 0  # of the bootstrap: the same log gives the same verdict


@task(task_run_name="validate facts", cache_policy=NO_CACHE)
@shielded
def validate_facts(home: Home, facts: Home) -> tuple[Validated, ...]:
    """Check the facts that `facts` holds still, and record the results for the ledger of `home`."""
    validated = validate(facts, ran_at=now(), validation_id=uuid4().hex)
    spool_of(home).append(*validated).result()
    return validated


@task(task_run_name="fit weights", cache_policy=NO_CACHE)
@shielded
def fit_facts(
    home: Home, facts: Home, *, is_embedded: bool, half_lives: HalfLives = USUAL, source_cap: float = SOURCE_CAP
) -> Fit:
    """Fit weights, and a predictor where texts are stored, to the scored calls that `facts` holds still.

    The predictor's file lies in `home` before anything names it.
    """
    learned = learn_predictor(facts, is_embedded=is_embedded)
    fit = with_predictor(fit_weights(facts, half_lives, source_cap=source_cap), learned.name, note=learned.note)
    if learned.content is not None:
        keep_predictor(home, fit.version, learned.content)
    return fit


@task(task_run_name="evaluate weights", cache_policy=NO_CACHE)
@shielded
def evaluate_fit(facts: Home, fit: Fit, *, days: float, most: int) -> Fit:
    """Compare a fit with its parent on logged decisions of `facts`, each held out of what decides it."""
    tried = try_fit(facts, fit, days=days, most=most)
    evidence = weigh_trial(tried.trial, seed=SEED)
    return replace(fit, evaluation=Evaluation(evidence, tried.left_out, tried.sampled))


@task(task_run_name="promote or reject", cache_policy=NO_CACHE)
@shielded
def promote_or_reject(home: Home, fit: Fit, validated: tuple[Validated, ...], limits: Thresholds) -> Change:
    """Judge a fit, and record what becomes of it; where it is rejected the live weights stay."""
    return settle_fit(home, fit, judge_all(fit, validated, limits), changed_at=now())
