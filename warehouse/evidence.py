"""Typed reads of what was published: what `explain` and reports tell about calls."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias, TypeVar, cast

from policies.cascade.terms import CascadeView
from policies.features import Feature, StateValue
from policies.forecast import Forecast, forecast_of
from policies.types import Candidate, Decision
from warehouse.home import Home
from warehouse.query import Table, query, query_together
from warehouse.records import Agreed, AttemptStatus, CostSource, RunStatus, Scored, ScoreSource
from warehouse.sql import sql_text

FactT = TypeVar("FactT")
Rows: TypeAlias = Sequence[tuple[Any, ...]]  # as DuckDB gave them: the queries' columns are the facts' fields


@dataclass(frozen=True, slots=True)
class DecisionFact:
    """One decision as it was recorded, where and when it was made, and what it rested on: see `DecisionMade`.

    `has_fallbacks` says whether the decision's are known; `forecast` is what a predictor made of the request.
    """

    decision: Decision
    decision_id: str
    run_id: str
    item_id: str
    step: str
    task_type: str
    catalogue_version: str
    features: Mapping[str, Feature]
    decided_at: datetime
    text: str | None
    state: Mapping[str, StateValue] | None
    has_fallbacks: bool
    forecast: Forecast | None = None


@dataclass(frozen=True, slots=True)
class AttemptFact:
    """One attempt; `ended_at` is None while only its intent is known, `cost_usd` None while its cost is not.

    If it was imported, `price_id` is None, and `foreign_id` is its id in the export that `origin` names.
    """

    attempt_id: str
    call_id: str
    attempt_no: int
    model: str
    deployment: str
    provider: str
    is_fallback: bool
    fallback_from: str | None
    fallback_cause: str | None
    status: AttemptStatus
    error_type: str | None
    error_message: str | None
    input_tokens: int | None
    output_tokens: int | None
    cached_tokens: int | None
    cost_usd: Decimal | None
    reserved_usd: Decimal | None
    cost_source: CostSource
    price_id: str | None
    latency_s: float | None
    queue_s: float | None
    started_at: datetime
    ended_at: datetime | None
    response_text: str | None
    origin: str
    foreign_id: str | None


@dataclass(frozen=True, slots=True)
class CallFact:
    """One call with its total cost (None if that of any attempt is unknown) and adopted quality in [0, 1]."""

    call_id: str
    run_id: str
    item_id: str
    step: str
    task_type: str
    model: str
    status: AttemptStatus
    attempts: int
    cost_usd: Decimal | None
    known_cost_usd: Decimal
    worst_cost_usd: Decimal | None
    total_latency_s: float | None
    quality: float | None
    quality_source: ScoreSource | None
    started_at: datetime


@dataclass(frozen=True, slots=True)
class RunFact:
    """One run with what it cost: `cost_usd` is None, and `worst_cost_usd` an upper bound, if a cost is unknown."""

    run_id: str
    job: str
    policy: str
    status: RunStatus
    weights_version: str | None
    n_items: int
    n_failed: int
    budget_usd: Decimal | None
    calls: int
    attempts: int
    known_cost_usd: Decimal
    cost_usd: Decimal | None
    worst_cost_usd: Decimal | None
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class CallEvidence:
    """What one publication has of one call, each oldest first; all empty for an unknown call."""

    decisions: tuple[DecisionFact, ...]
    attempts: tuple[AttemptFact, ...]
    scores: tuple[Scored, ...]
    agreements: tuple[Agreed, ...] = ()


def evidence_of(home: Home, call_id: str) -> CallEvidence:
    """Every decision, attempt, judgement and agreement of a call, read together."""
    names = ("decisions_of", "attempts_of", "scores_of", "agreements_of")
    tables = query_together(home, [(sql_text("reads", name), {"call_id": call_id}) for name in names])
    decisions, attempts, scores, agreements = tables
    return CallEvidence(
        decision_facts(decisions),
        tuple(AttemptFact(*row) for row in cast(Rows, attempts.rows)),
        tuple(Scored(*row) for row in cast(Rows, scores.rows)),
        tuple(Agreed(*row) for row in cast(Rows, agreements.rows)),
    )


def decision_of(home: Home, call_id: str) -> DecisionFact | None:
    """The latest decision of a call: after a fallback, the one that chose the last model. None for an unknown call."""
    decisions = decisions_of(home, call_id)
    return decisions[-1] if decisions else None


def decisions_of(home: Home, call_id: str) -> tuple[DecisionFact, ...]:
    """Every decision of a call, oldest first."""
    return evidence_of(home, call_id).decisions


def attempts_of(home: Home, call_id: str) -> tuple[AttemptFact, ...]:
    """Every attempt of a call, oldest first."""
    return evidence_of(home, call_id).attempts


def scores_of(home: Home, call_id: str) -> tuple[Scored, ...]:
    """Every judgement of a call, oldest first."""
    return evidence_of(home, call_id).scores


def calls_of_run(home: Home, run_id: str) -> tuple[CallFact, ...]:
    """Every call of a run, in the order of their start."""
    return read_facts(home, "calls_of_run", {"run_id": run_id}, CallFact)


def run_costs(home: Home, run_id: str) -> RunFact | None:
    """A run and what it cost; None for an unknown run."""
    runs = read_facts(home, "run_costs", {"run_id": run_id}, RunFact)
    return runs[0] if runs else None


def read_facts(
    home: Home, name: str, parameters: Mapping[str, object], fact: Callable[..., FactT]
) -> tuple[FactT, ...]:
    """Run `warehouse/reads/<name>.sql`, whose columns are the fields of `fact`, in their order."""
    table = query(home, sql_text("reads", name), parameters=parameters)
    return tuple(fact(*row) for row in table.rows)


def decision_facts(table: Table) -> tuple[DecisionFact, ...]:
    """The rows of `decisions_of` as values."""
    return tuple(decision_fact(dict(zip(table.columns, row, strict=True))) for row in table.rows)


def decision_fact(row: Mapping[str, object]) -> DecisionFact:
    """One row of `decisions_of` as a value."""
    named = {field.name: row[field.name] for field in fields(Decision) if field.name in row}
    named |= {"lambda_": row["lambda"], "candidates": candidates_of(row["candidates"])}
    named["fallbacks"] = tuple(cast(Sequence[str], row["fallbacks"] or ()))
    named["cascade"] = cascade_of(row["cascade"])
    rest = {field.name: row[field.name] for field in fields(DecisionFact) if field.name in row}
    rest["features"] = json.loads(str(row["features"]))
    rest["state"] = None if row["state"] is None else json.loads(str(row["state"]))
    rest["forecast"] = None if row["forecast"] is None else forecast_of(json.loads(str(row["forecast"])))
    rest["has_fallbacks"] = row["fallbacks"] is not None
    build = cast(Callable[..., DecisionFact], DecisionFact)
    return build(decision=cast(Callable[..., Decision], Decision)(**named), **rest)


def cascade_of(struct: object) -> CascadeView | None:
    """DuckDB's struct as the cascade of a decision; None where it had none to go by."""
    build = cast(Callable[..., CascadeView], CascadeView)
    return None if struct is None else build(**cast(Mapping[str, object], struct))


def candidates_of(structs: object) -> tuple[Candidate, ...]:
    """DuckDB's list of structs as candidates."""
    build = cast(Callable[..., Candidate], Candidate)
    return tuple(build(**struct) for struct in cast(Sequence[Mapping[str, object]], structs))
