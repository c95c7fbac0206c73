"""Finding the calls that an export's scores judge: in the export itself, or imported before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from tasks.imports.outcome import Refused
from tasks.imports.requests import CallRequest
from tasks.imports.scores import Crediting
from tasks.texts import TextKeeper
from warehouse.home import Home
from warehouse.imports.attempts import CallExport
from warehouse.imports.known import foreign_calls
from warehouse.imports.scores import ForeignScore, read_scores
from warehouse.records import Scored


@dataclass(frozen=True, slots=True)
class Credits:
    """An import's scores, what was refused of them, why others were left out, and how many stood twice."""

    scores: tuple[Scored, ...]
    refused: tuple[Refused, ...]
    left_out: Mapping[str, int]
    repeated: int


def credit_scores(
    request: CallRequest, export: CallExport, home: Home, *, now: datetime, keep_text: TextKeeper
) -> Credits:
    """Credit the scores that the export carries, and those of the file of scores; raises `BadInputError` for that."""
    staging = export.staging
    parts = [(str(staging.path), staging.unit, export.scores)]
    if request.scores_file is not None:
        with read_scores(request.scores_file, now=now) as (other, scores):
            parts.append((str(other.path), other.unit, scores))
    every = [score for _, _, part in parts for score in part.scores]
    calls, traces = calls_of(request, export, home, every) if every else (frozenset(), {})
    crediting = Crediting(request.source, request.score_rules, calls, traces, keep_text)
    credited = [crediting.credit(part.scores) for _, _, part in parts]
    return Credits(
        tuple({one.score_id: one for found in credited for one in found.scores}.values()),
        tuple(
            Refused(file, unit, (*part.bad, *found.bad))
            for (file, unit, part), found in zip(parts, credited, strict=True)
        ),
        sum_counts([*(part.left_out for _, _, part in parts), *(found.left_out for found in credited)]),
        sum(part.repeated for _, _, part in parts),
    )


def calls_of(
    request: CallRequest, export: CallExport, home: Home, scores: Iterable[ForeignScore]
) -> tuple[frozenset[str], Mapping[str, tuple[str, ...]]]:
    """The calls that scores may judge, by foreign id, and those of each trace: of this export or of earlier ones."""
    scores = list(scores)
    observations = sorted({score.observation_id for score in scores if score.observation_id is not None})
    traces = sorted({score.trace_id for score in scores if score.observation_id is None and score.trace_id is not None})
    here = export.names()
    before = foreign_calls(home, request.source, foreign_ids=observations, item_ids=traces)
    by_trace: dict[str, dict[str, None]] = defaultdict(dict)
    for foreign_id, item_id in (*here, *before):
        by_trace[item_id][foreign_id] = None
    return frozenset(foreign_id for foreign_id, _ in (*here, *before)), {
        trace: tuple(calls) for trace, calls in by_trace.items()
    }


def sum_counts(counts: Iterable[Mapping[str, int]]) -> Mapping[str, int]:
    """Counts by reason, added up."""
    total: dict[str, int] = defaultdict(int)
    for one in counts:
        for reason, n in one.items():
            total[reason] += n
    return dict(total)
