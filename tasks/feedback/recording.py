"""Scores by people as facts of the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from policies.errors import BadInputError
from tasks.feedback.calls import find_calls
from tasks.feedback.request import FeedbackRequest
from tasks.feedback.rows import PlacedScore, placed_scores
from tasks.identifiers import feedback_id_of
from tasks.imports.writing import CHUNK_RECORDS, land_pending
from tasks.ledger import spool_of
from tasks.settings import Settings, check_home
from tasks.texts import TextKeeper, text_keeper
from warehouse.home import Home
from warehouse.imports.known import known_ids
from warehouse.landing import land
from warehouse.records import Scored

VERSION = "1"
FUTURE = timedelta(minutes=5)  # how far a person's clock may be ahead


@dataclass(frozen=True, slots=True)
class FeedbackSummary:
    """What was taken: scores of how many calls, by how many people; `again` had been given by them before."""

    scores: int
    new: int
    again: int
    calls: int
    people: int


def record_feedback(request: FeedbackRequest, settings: Settings, *, now: datetime) -> FeedbackSummary:
    """Write every score of a request to the ledger and land them, so that `calls.quality` has them.

    What a person scores again, of the same call by the same scorer, takes the place of the score before; the latest
    `scored_at` wins, whatever lands last. Raises `BadInputError` before anything is written, and `WorkFailedError`
    where the disk refuses.
    """
    home = Home(settings.home.absolute())
    check_home(home)
    placed = placed_scores(request, roots=settings.allowed_roots)
    land_pending(home)  # a run that has just ended may not have landed yet
    keep_text = text_keeper(settings.store_text)
    calls = find_calls(placed, home)
    records = [scored(one, call_id, request, keep_text, now=now) for one, call_id in zip(placed, calls, strict=True)]
    refuse_repeated(placed, records)
    known = known_ids(home, "known_scores", [record.score_id for record in records])
    write(records, home)
    ids = {record.score_id for record in records}
    return FeedbackSummary(
        scores=len(records),
        new=len(ids - known),
        again=len(ids & known),
        calls=len({record.call_id for record in records}),
        people=len({record.scored_by for record in records}),
    )


def scored(one: PlacedScore, call_id: str, request: FeedbackRequest, keep_text: TextKeeper, *, now: datetime) -> Scored:
    """One score as a fact; raises `BadInputError` where it is off the scale, nobody's, or of a time to come."""
    score, person = one.score, one.score.scored_by or request.scored_by
    scorer = score.scorer or request.scorer
    if person is None:
        raise one.error("is required: say who judged", field="scored_by")
    if not request.low <= score.score <= request.high:
        problem = f"must lie between {request.low:g} and {request.high:g}"
        raise one.error(problem, field="score", value=score.score)
    if score.scored_at is not None and score.scored_at > now + FUTURE:
        raise one.error("lies in the future", field="scored_at", value=score.scored_at.isoformat())
    return Scored(
        score_id=feedback_id_of(call_id, scorer, person),
        call_id=call_id,
        scorer=scorer,
        scorer_version=VERSION,
        source="human",
        score=min(1.0, (score.score - request.low) / (request.high - request.low)),
        detail=None if score.comment is None else keep_text(score.comment),
        scored_by=person,
        scored_at=score.scored_at or now,
    )


def refuse_repeated(placed: Sequence[PlacedScore], records: Sequence[Scored]) -> None:
    """Raise `BadInputError` at the second of two scores between which no time tells which is the person's last word."""
    lines: dict[tuple[str, datetime], int] = {}
    for one, record in zip(placed, records, strict=True):
        first = lines.setdefault((record.score_id, record.scored_at), one.line)
        if first != one.line:
            problem = f"has scored this call on line {first} already: give each a scored_at, or leave one out"
            raise BadInputError(problem, file=one.file, line=one.line, field="scored_by", value=record.scored_by)


def write(records: Sequence[Scored], home: Home) -> None:
    """Make scores durable in chunks, and land them; where that is broken off, giving them again goes on with it."""
    spool = spool_of(home)
    for start in range(0, len(records), CHUNK_RECORDS):
        spool.append(*records[start : start + CHUNK_RECORDS]).result()
    spool.seal()
    land(home)
