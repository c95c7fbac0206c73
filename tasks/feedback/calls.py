"""Which call each score judges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tasks.feedback.request import FeedbackScore
from tasks.feedback.rows import PlacedScore
from warehouse.call_names import CallName, calls_named, calls_there
from warehouse.home import Home


def find_calls(scores: Sequence[PlacedScore], home: Home) -> list[str]:
    """The id of each score's call, in their order; raises `BadInputError` at the first whose call is unknown.

    A name that stands for several calls is none: imported calls may share one, and an item has one call per llm step.
    """
    there = calls_there(home, [one.score.call_id for one in scores if one.score.call_id is not None])
    named = calls_named(home, list(dict.fromkeys(names_of(scores))))
    return [call_of(one, there, named) for one in scores]


def names_of(scores: Iterable[PlacedScore]) -> Iterable[CallName]:
    """The names of calls that scores give in place of ids."""
    return (name_of(one.score) for one in scores if one.score.call_id is None)


def name_of(score: FeedbackScore) -> CallName:
    """The name that a score gives its call."""
    return CallName(score.run_id or "", score.item_id or "", score.step)


def call_of(one: PlacedScore, there: frozenset[str], named: Mapping[CallName, Sequence[str]]) -> str:
    """The id of one score's call."""
    if one.score.call_id is not None:
        if one.score.call_id not in there:
            raise one.error("there is no such call in the warehouse", field="call_id", value=one.score.call_id)
        return one.score.call_id
    name = name_of(one.score)
    calls = named.get(name, ())
    if len(calls) == 1:
        return calls[0]
    field = "item_id" if name.step is None else "step"
    value = name.item_id if name.step is None else name.step
    if calls:
        how = "name its step" if name.step is None else "name one by call_id"
        raise one.error(f"stands for {len(calls)} calls of run {name.run_id!r}: {how}", field=field, value=value)
    raise one.error(f"there is no such call of item {name.item_id!r} in run {name.run_id!r}", field=field, value=value)
