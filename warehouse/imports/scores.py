"""The scores of an export, each with the call that it judges as the export names it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from warehouse.imports.buckets import itself
from warehouse.imports.rows import BadRow
from warehouse.imports.staging import Staging, stage_export


@dataclass(frozen=True, slots=True)
class ForeignScore:
    """One judgement as another tool recorded it, of an observation or else of a whole trace.

    `value` is on the tool's own scale; `ordinal` tells apart several of one name that have no ids.
    """

    line: int
    foreign_id: str | None
    observation_id: str | None
    trace_id: str | None
    name: str
    value: float
    source: Literal["API", "ANNOTATION", "EVAL"] | None
    comment: str | None
    author: str | None
    scored_at: datetime
    ordinal: int


@dataclass(frozen=True, slots=True)
class ScoreExport:
    """Checked scores: `bad` ones by complaint, `left_out` ones by reason, `repeated` ones whose id stood before."""

    scores: tuple[ForeignScore, ...]
    bad: tuple[BadRow, ...]
    left_out: Mapping[str, int]
    repeated: int


@contextmanager
def read_scores(path: Path, *, now: datetime) -> Iterator[tuple[Staging, ScoreExport]]:
    """Read and check a Langfuse export of scores; raises `BadInputError` for a file that can't be read at all."""
    with stage_export(path, expand=itself) as staging:
        staging.make("mapped_scores", "scores_file")
        scores = checked_scores(staging, now=now)
        yield staging, replace(scores, bad=staging.complaints())


def inline_scores(staging: Staging, *, now: datetime, columns: Sequence[str]) -> ScoreExport:
    """The scores that observations carry: under `scores`, and in the named columns (in snake case)."""
    staging.make("mapped_scores", "scores_inline", {"columns": list(columns)})
    return checked_scores(staging, now=now)


def checked_scores(staging: Staging, *, now: datetime) -> ScoreExport:
    """The scores of the table `mapped_scores`; rows that could not be read at all are not among the bad ones."""
    staging.make("checked", "scores", {"now": now})
    [(repeated,)] = staging.read("repeated", lambda n: (n,))
    return ScoreExport(
        tuple(staging.read("scores_importable", ForeignScore)),
        tuple(staging.read("complaints", BadRow)),
        dict(staging.read("left_out", lambda reason, n: (reason, n))),
        repeated,
    )
