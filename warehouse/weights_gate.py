"""The gate of promotion: each condition that new weights have to meet, and whether they did."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from policies.gate.conditions import Condition
from policies.gate.thresholds import Thresholds
from policies.gate.verdict import judge_evidence
from warehouse.records import Validated
from warehouse.validation import failures
from warehouse.weights_fit import Fit


def judge_fit(fit: Fit, validated: Sequence[Validated], *, min_calls: int) -> tuple[Condition, ...]:
    """The conditions that can be judged on the facts alone."""
    return (is_validated(validated), has_support(fit, min_calls=min_calls))


def judge_all(fit: Fit, validated: Sequence[Validated], limits: Thresholds) -> tuple[Condition, ...]:
    """All conditions; those of the log too, where the fit was evaluated on it."""
    told = judge_fit(fit, validated, min_calls=limits.min_calls)
    if fit.evaluation is None:
        return told
    return (*told, *judge_evidence(fit.evaluation.evidence, limits, has_live=fit.parent is not None))


def is_validated(validated: Sequence[Validated]) -> Condition:
    """No critical expectation failed; nor was nothing checked."""
    failed = failures(validated, critical=True)
    shown = "; ".join(f"{one.table}: {one.expectation} (saw {one.observed})" for one in failed)
    held = bool(validated) and not failed
    return Condition("no critical expectation fails", held, shown or f"{len(validated)} expectations were checked")


def has_support(fit: Fit, *, min_calls: int) -> Condition:
    """The fit rests on enough scored calls."""
    return Condition(f"at least {min_calls} scored calls", fit.n_calls >= min_calls, f"there are {fit.n_calls}")


def has_parent(fit: Fit, live: str | None) -> Condition:
    """The live version is still the one that the fit was compared with."""
    detail = f"compared with {fit.parent_version or 'none'}, live is {live or 'none'}"
    return Condition("the live version has not changed meanwhile", fit.parent_version == live, detail)


def gate_json(conditions: Sequence[Condition]) -> str:
    """The conditions as the ledger keeps them."""
    return json.dumps([asdict(condition) for condition in conditions], separators=(",", ":"), ensure_ascii=False)
