"""`pointsman feedback`: what people think of answers, one call or a file of them."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Annotated, TypeAlias

import typer
from pydantic import ValidationError

from flows.commands.options import AsJson
from flows.printing import print_json
from policies.documents import HAS_NO_VALUE, causes_of, sentence_of
from policies.errors import BadInputError
from tasks.clock import now
from tasks.feedback.recording import record_feedback
from tasks.feedback.request import SCORER, FeedbackRequest, FeedbackScore
from tasks.feedback.rows import INLINE
from tasks.settings import load_settings

Text: TypeAlias = str | None
SCALE = "must be LOW:HIGH, two numbers of which the second is more"
# what errors call the fields of a request and of its one score
OPTIONS: Mapping[str, str] = {
    "call_id": "--call",
    "run_id": "--run",
    "item_id": "--item",
    "step": "--step",
    "score": "--score",
    "scored_by": "--by",
    "comment": "--comment",
    "scorer": "--scorer",
    "input": "--file",
}


def feedback(
    call: Annotated[Text, typer.Option(help="The call.", metavar="CALL")] = None,
    run: Annotated[Text, typer.Option(help="The call's run, in place of --call.", metavar="RUN")] = None,
    item: Annotated[Text, typer.Option(help="The call's item in that run.", metavar="ITEM")] = None,
    step: Annotated[Text, typer.Option(help="The call's step, where the item has several calls.")] = None,
    score: Annotated[float | None, typer.Option(help="How good the answer is, from 0 to 1 or on --scale.")] = None,
    by: Annotated[Text, typer.Option(help="Who judged; of a file, where a row has no `scored_by`.")] = None,
    comment: Annotated[Text, typer.Option(help="Why.")] = None,
    scorer: Annotated[str, typer.Option(help="What is judged, such as tone.")] = SCORER,
    scale: Annotated[str, typer.Option(help="The scores that are 0 and 1 in the ledger.", metavar="LOW:HIGH")] = "0:1",
    file: Annotated[
        Text,
        typer.Option(
            help="JSON lines, CSV or Parquet: call_id (or run_id, item_id, step), score, scored_by, comment, scorer, "
            "scored_at.",
            metavar="FILE",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Score calls by people: their scores come before all others. The same person's next score replaces it."""
    one = {"call_id": call, "run_id": run, "item_id": item, "step": step, "score": score, "comment": comment}
    given = {name: value for name, value in one.items() if value is not None}
    if file is not None and given:
        raise BadInputError("goes with no --file, whose rows say it", field=OPTIONS[next(iter(given))])
    low, high = bounds_of(scale)
    try:
        scores = None if file is not None else (FeedbackScore.model_validate(given),)
        request = FeedbackRequest(scores=scores, input=file, scored_by=by, scorer=scorer, low=low, high=high)
        summary = record_feedback(request, load_settings(), now=now())
    except ValidationError as error:
        raise option_error(error) from error
    except BadInputError as error:
        raise named_by_option(error) from error
    if as_json:
        print_json(summary)
        return
    typer.echo(
        f"{summary.scores} scores of {summary.calls} calls by {summary.people} people: {summary.new} new, "
        f"{summary.again} in place of what they said before"
    )


def bounds_of(scale: str) -> tuple[float, float]:
    """The two ends of a scale such as `1:5`."""
    try:
        low, high = (float(bound) for bound in scale.split(":"))
    except ValueError as error:
        raise BadInputError(SCALE, field="--scale", value=scale) from error
    if not -inf < low < high < inf:
        raise BadInputError(SCALE, field="--scale", value=scale)
    return low, high


def option_error(error: ValidationError) -> BadInputError:
    """The first thing that is wrong with the options."""
    details = causes_of(error)[0]
    field = str(details["loc"][-1]) if details["loc"] else "call_id"
    if not details["loc"] or details["type"] in HAS_NO_VALUE:
        return BadInputError(sentence_of(details), field=OPTIONS.get(field, field))
    return BadInputError(sentence_of(details), field=OPTIONS.get(field, field), value=details["input"])


def named_by_option(error: BadInputError) -> BadInputError:
    """An error of the one score that the options are, by their names; any other as it is."""
    field = OPTIONS.get(error.field or "")
    if field is None or error.file not in (None, str(INLINE)):
        return error
    return (
        BadInputError(error.problem, field=field)
        if error.value is None
        else BadInputError(error.problem, field=field, value=error.value)
    )
