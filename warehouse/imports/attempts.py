"""An export of calls as typed attempts, with its bad rows, its repeated ones, and those that are none of ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal, TypeAlias

from warehouse.imports.buckets import itself
from warehouse.imports.rows import BadRow
from warehouse.imports.scores import ScoreExport, inline_scores
from warehouse.imports.staging import Staging, stage_export
from warehouse.records import AttemptStatus

CallSource: TypeAlias = Literal["litellm-spend-logs", "langfuse"]

# What the fields are called in the exports, for complaints.
FIELDS: Mapping[CallSource, Mapping[str, str]] = {
    "litellm-spend-logs": {
        "id": "request_id",
        "model": "model",
        "status": "status",
        "input": "prompt_tokens",
        "output": "completion_tokens",
        "cached": "cache_read_input_tokens",
        "cost": "spend",
        "started": "startTime",
        "ended": "endTime",
        "duration": "request_duration_ms",
    },
    "langfuse": {
        "id": "id",
        "model": "model",
        "status": "level",
        "input": "usageDetails.input",
        "output": "usageDetails.output",
        "cached": "usageDetails.input_cached_tokens",
        "cost": "totalCost",
        "started": "startTime",
        "ended": "endTime",
        "duration": "latency",
    },
}
MAPPINGS: Mapping[CallSource, str] = {"litellm-spend-logs": "litellm_spend_logs", "langfuse": "langfuse"}


@dataclass(frozen=True, slots=True)
class ForeignAttempt:
    """One call as another tool recorded it; `labels` are its names and tags, `prompt` and `response` are JSON texts."""

    line: int
    foreign_id: str
    item_id: str
    step: str
    labels: list[str]
    task_hint: str | None
    foreign_model: str
    model_group: str | None
    provider: str | None
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
    prompt: str | None
    response: str | None


@dataclass(frozen=True, slots=True)
class CallExport:
    """A checked export: `bad` rows by complaint, `left_out` rows by reason, `repeated` rows whose id stood before."""

    staging: Staging
    scores: ScoreExport
    bad: tuple[BadRow, ...]
    left_out: Mapping[str, int]
    repeated: int

    def names(self) -> tuple[tuple[str, str], ...]:
        """The good ones' ids and those of their items, in the order of the file."""
        return tuple(self.staging.read("attempts_named", lambda foreign_id, item_id: (foreign_id, item_id)))

    def attempts(self) -> Iterator[ForeignAttempt]:
        """The good ones, in the order of the file."""
        return self.staging.read("attempts_importable", ForeignAttempt)


@contextmanager
def read_calls(
    path: Path, source: CallSource, *, now: datetime, is_zero_unknown: bool, score_columns: Sequence[str] = ()
) -> Iterator[CallExport]:
    """Read and check an export of calls; `is_zero_unknown` takes a cost of 0 as one that the tool did not know.

    `score_columns` are columns that hold scores, besides those under `scores`. Raises `BadInputError` for a file that
    can't be read at all.
    """
    with stage_export(path, expand=itself) as staging:
        scores = inline_scores(staging, now=now, columns=score_columns)
        staging.see("mapped", MAPPINGS[source])
        staging.make("checked", "attempts", {"now": now, "is_zero_unknown": is_zero_unknown})
        names = FIELDS[source]
        bad = tuple(replace(one, field=names.get(one.field or "", one.field)) for one in staging.complaints())
        [(repeated,)] = staging.read("repeated", lambda n: (n,))
        yield CallExport(staging, scores, bad, dict(staging.read("left_out", lambda reason, n: (reason, n))), repeated)
