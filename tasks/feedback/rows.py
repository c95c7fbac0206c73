"""The scores of a request, each with the place that it stands at, from a file or from the request itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from policies.documents import HAS_NO_VALUE, causes_of, sentence_of
from policies.errors import BadInputError
from tasks.feedback.request import FeedbackRequest, FeedbackScore
from tasks.jobs.paths import resolve_inside
from warehouse.batch import read_rows
from warehouse.batch_rows import Row
from warehouse.batch_values import JsonValue

INLINE = Path("scores")  # what errors call the scores that a request carries itself


@dataclass(frozen=True, slots=True)
class PlacedScore:
    """One score, and where it stands: the line of its file (of Parquet: the row), or its number in the request."""

    score: FeedbackScore
    file: str
    line: int

    def error(self, problem: str, *, field: str, value: object = BadInputError._ABSENT) -> BadInputError:
        """What is wrong with it."""
        return BadInputError(problem, file=self.file, line=self.line, field=field, value=value)


def placed_scores(request: FeedbackRequest, *, roots: Sequence[Path]) -> list[PlacedScore]:
    """Every score of a request; raises `BadInputError` for the first that is none, and where there are none at all."""
    if request.scores is not None:
        placed = [PlacedScore(score, str(INLINE), number) for number, score in enumerate(request.scores, 1)]
    else:
        placed = list(file_scores(request.input or "", roots))
    if not placed:
        raise BadInputError("holds no scores", file=request.input or INLINE)
    return placed


def file_scores(path: str, roots: Sequence[Path]) -> Iterator[PlacedScore]:
    """The scores of a file in the roots."""
    try:
        rows = read_rows(resolve_inside(path, roots))
    except BadInputError as error:
        raise error.at(field="input") from error
    for row in rows:
        yield PlacedScore(score_of(row, path), path, row.line)


def score_of(row: Row, path: str) -> FeedbackScore:
    """One row as a score; cells that are empty are absent. Raises `BadInputError` at its first bad field."""
    given = {name: value for name, value in row.fields.items() if not is_empty(value)}
    try:
        return FeedbackScore.model_validate(given)
    except ValidationError as error:
        details = causes_of(error)[0]
        name = ".".join(str(part) for part in details["loc"]) or None
        is_shown = name is not None and details["type"] not in HAS_NO_VALUE
        value = details["input"] if is_shown else BadInputError._ABSENT
        raise BadInputError(sentence_of(details), file=path, line=row.line, field=name, value=value) from error


def is_empty(value: JsonValue) -> bool:
    """Whether a cell says nothing: null, or blanks, which is all that CSV can say."""
    return value is None or (isinstance(value, str) and not value.strip())
