"""The records that writers append to the spool, one dataclass per kind; the loader turns them into facts.

Times are aware UTC datetimes, money is `Decimal` USD, durations are seconds. `None` is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, TypeAlias

from policies.cascade.terms import CascadeView
from policies.features import Feature, StateValue
from policies.forecast import Told
from policies.types import Candidate

RunStatus: TypeAlias = Literal["running", "completed", "failed", "cancelled"]
AttemptStatus: TypeAlias = Literal["ok", "error", "timeout", "rate_limited", "refused", "unknown", "cached"]
CostSource: TypeAlias = Literal["priced", "provider", "unknown"]
DriftMeasure: TypeAlias = Literal["quality", "cost_usd", "latency_s", "error_rate"]
ScoreSource: TypeAlias = Literal["check", "judge", "human"]
WeightsStatus: TypeAlias = Literal["candidate", "live", "rejected", "retired"]
PolicyKind: TypeAlias = Literal["rules", "catalogue"]


@dataclass(frozen=True, slots=True)
class StepCredit:
    """The weight in [0, 1] that the final score has in the quality of a step's calls when weights are learned."""

    step: str
    final_step: str
    weight: float


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run began (or was resumed: the first `started_at` stays); `credits` is empty where its job credits no step."""

    run_id: str
    job: str
    job_hash: str
    policy: str
    weights_version: str | None
    budget_usd: Decimal | None
    started_at: datetime
    n_items: int
    flow_run_id: str | None
    credits: tuple[StepCredit, ...] = ()


@dataclass(frozen=True, slots=True)
class RunEnded:
    """A run ended; the latest `ended_at` wins over earlier ends of the same run."""

    run_id: str
    status: RunStatus
    ended_at: datetime
    n_failed: int


@dataclass(frozen=True, slots=True)
class DecisionMade:
    """One routing decision, with all that it takes to make it again.

    `features` is what the policy saw of the request but for its text, `state` what it was told of the run's, as
    `policies.features` writes them. `text` is None where it is not stored, the rest where older records lack it.
    `forecast` is what a predictor made of the text, as `policies.forecast` writes it; None where none was asked.
    """

    decision_id: str
    call_id: str
    run_id: str
    item_id: str
    step: str
    task_type: str
    policy: str
    rule: str | None
    model: str | None
    propensity: float
    explored: bool
    candidates: tuple[Candidate, ...]
    lambda_: float | None
    weights_version: str | None
    rules_version: str | None
    catalogue_version: str
    refusal: str | None
    features: Mapping[str, Feature]
    decided_at: datetime
    text: str | None = None
    state: Mapping[str, StateValue] | None = None
    fallbacks: tuple[str, ...] | None = None
    cascade: CascadeView | None = None
    forecast: Told | None = None


@dataclass(frozen=True, slots=True)
class PolicySeen:
    """One version of a file that decisions rest on, as it was when it came into force; the version is its hash."""

    kind: PolicyKind
    version: str
    text: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Intent:
    """An attempt that is about to be sent, durable before it is; `reserved_usd` is its worst-case cost.

    `fallback_cause` is why the call left the model `fallback_from`: the kind of its last error, or `out_of_service`,
    `unusable_answer`, `attempts_spent`, `too_dear`, `escalated` (its answer did not pass the step's check).
    """

    attempt_id: str
    call_id: str
    decision_id: str
    run_id: str
    item_id: str
    step: str
    task_type: str
    model: str
    deployment: str
    provider: str
    attempt_no: int
    is_fallback: bool
    fallback_from: str | None
    price_id: str
    reserved_usd: Decimal | None
    prompt_hash: str | None
    prompt_text: str | None
    started_at: datetime
    fallback_cause: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended: it repeats the intent, so that either record alone is enough to count the attempt."""

    intent: Intent
    status: AttemptStatus
    error_type: str | None
    error_message: str | None
    input_tokens: int | None
    output_tokens: int | None
    cached_tokens: int | None
    cost_usd: Decimal | None
    cost_source: CostSource
    latency_s: float
    queue_s: float
    ended_at: datetime
    response_text: str | None = None


@dataclass(frozen=True, slots=True)
class AttemptImported:
    """One attempt that another tool recorded: it has no decision and no price of ours, and its cost is that tool's.

    `origin` names the kind of export, `foreign_id` the attempt's id there; `deployment` is the model's name there.
    """

    attempt_id: str
    call_id: str
    run_id: str
    item_id: str
    step: str
    task_type: str
    model: str
    deployment: str
    provider: str
    status: AttemptStatus
    error_type: str | None
    error_message: str | None
    input_tokens: int | None
    output_tokens: int | None
    cached_tokens: int | None
    cost_usd: Decimal | None
    latency_s: float | None
    started_at: datetime
    ended_at: datetime | None
    prompt_hash: str | None
    prompt_text: str | None
    response_text: str | None
    origin: str
    foreign_id: str


@dataclass(frozen=True, slots=True)
class UsageImported:
    """What a provider counted for one period, category and model: sums of many requests, not an attempt.

    `bucket_id` is the same each time that the bucket is exported, `usage_id` only while its figures are the same.
    """

    usage_id: str
    bucket_id: str
    run_id: str
    origin: str
    category: str
    grouped_by: str
    account: str | None
    provider: str
    model: str | None
    foreign_model: str | None
    line_item: str | None
    is_batch: bool | None
    started_at: datetime
    ended_at: datetime
    n_requests: int | None
    input_tokens: int | None
    output_tokens: int | None
    cached_tokens: int | None
    cost_usd: Decimal | None
    imported_at: datetime


@dataclass(frozen=True, slots=True)
class Scored:
    """One quality judgement in [0, 1] of one call by one scorer; with `attempt_id`, of what that attempt answered."""

    score_id: str
    call_id: str
    scorer: str
    scorer_version: str
    source: ScoreSource
    score: float
    detail: str | None
    scored_by: str | None
    scored_at: datetime
    cost_call_id: str | None = None
    attempt_id: str | None = None


@dataclass(frozen=True, slots=True)
class Agreed:
    """How far further answers of the same model agree with that of one attempt, in [0, 1]: no quality, but a sign.

    `n_samples` further answers were asked for, in calls of their own; `n_seen` came.
    """

    agreement_id: str
    call_id: str
    attempt_id: str
    scorer: str
    scorer_version: str
    agreement: float
    n_samples: int
    n_seen: int
    detail: str | None
    measured_at: datetime


@dataclass(frozen=True, slots=True)
class Priced:
    """One model's price as it was seen in force at `valid_from`, USD per million tokens.

    It stays in force until another price of the model is seen; `valid_to` is not read, and kept for older segments.
    """

    price_id: str
    model: str
    input: Decimal | None
    output: Decimal | None
    cached: Decimal | None
    batch_input: Decimal | None
    batch_output: Decimal | None
    is_notional: bool
    valid_from: datetime
    valid_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class WeightsChanged:
    """A weights version came to be, or its status changed; the latest `changed_at` wins."""

    weights_version: str
    parent: str | None
    status: WeightsStatus
    document: str  # canonical JSON
    data_from: datetime | None
    data_to: datetime | None
    n_calls: int
    estimates: str  # JSON
    gate: str  # JSON: each condition and whether it held
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Drifted:
    """A change of what comes of a task type's calls of a model: means before and after, and when it was found."""

    drift_id: str
    task_type: str
    model: str
    measure: DriftMeasure
    before: float
    after: float
    n_before: int
    n_after: int
    since: datetime
    detected_at: datetime
    found_at: datetime


@dataclass(frozen=True, slots=True)
class Validated:
    """One expectation of one validation."""

    validation_id: str
    suite: str
    expectation: str
    table: str
    success: bool
    observed: str | None
    unexpected_count: int | None
    critical: bool
    ran_at: datetime
    rows_query: str | None = None


Record: TypeAlias = (
    RunStarted
    | RunEnded
    | DecisionMade
    | PolicySeen
    | Intent
    | Outcome
    | AttemptImported
    | UsageImported
    | Scored
    | Agreed
    | Priced
    | WeightsChanged
    | Validated
    | Drifted
)

KINDS: Mapping[str, type[Record]] = {
    "run_started": RunStarted,
    "run_ended": RunEnded,
    "decision": DecisionMade,
    "policy": PolicySeen,
    "intent": Intent,
    "outcome": Outcome,
    "imported_attempt": AttemptImported,
    "imported_usage": UsageImported,
    "score": Scored,
    "agreement": Agreed,
    "price": Priced,
    "weights": WeightsChanged,
    "validation": Validated,
    "drift": Drifted,
}
