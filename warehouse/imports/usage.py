"""A provider's usage export as typed buckets: sums of many requests each, never single calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from warehouse.imports.buckets import bucket_results
from warehouse.imports.rows import BadRow
from warehouse.imports.staging import Staging, stage_export

USAGE_SOURCE = "openai-usage"
USAGE_PROVIDER = "openai"


@dataclass(frozen=True, slots=True)
class ForeignUsage:
    """One bucket: `groups_json` is what the export tells apart, `rows_` how many of its rows were added up."""

    line: int
    category: str
    grouped_by: str
    groups_json: str
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
    rows_: int


@dataclass(frozen=True, slots=True)
class UsageExport:
    """A checked export: `bad` rows by complaint, `left_out` rows by reason, buckets, and rows that stood twice."""

    staging: Staging
    bad: tuple[BadRow, ...]
    left_out: Mapping[str, int]
    buckets: tuple[ForeignUsage, ...]

    @property
    def repeated(self) -> int:
        """Rows that stood in the export before."""
        n_bad = len({row.number for row in self.bad})
        return self.staging.n_rows - n_bad - sum(self.left_out.values()) - sum(one.rows_ for one in self.buckets)


@contextmanager
def read_usage(path: Path, *, now: datetime) -> Iterator[UsageExport]:
    """Read and check an export of OpenAI's usage or costs; raises `BadInputError` for a file that can't be read."""
    with stage_export(path, expand=bucket_results) as staging:
        staging.make("mapped", "openai_usage")
        staging.make("checked", "usage", {"now": now})
        yield UsageExport(
            staging,
            staging.complaints(),
            dict(staging.read("left_out", lambda reason, n: (reason, n))),
            tuple(staging.read("usage_importable", ForeignUsage)),
        )
