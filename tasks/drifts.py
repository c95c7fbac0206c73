"""Whether what comes of calls is still what it was: what is new of it, what is open, and how that is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field

from policies.drift.detecting import DELTA, find_shifts
from policies.errors import BadInputError
from tasks.identifiers import digest
from warehouse.damage import DamagedError
from warehouse.drifts import Stream, drifts_since
from warehouse.home import Home
from warehouse.records import Drifted

SHARES = frozenset({"quality", "error_rate"})  # the measures that lie in [0, 1]
OPEN_DAYS = 14.0  # so long a drift is explored at most, where no weights learn from what came after it


class WatchRequest(BaseModel):
    """One look for drifts."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    days: float = Field(30.0, gt=0, le=3650, description="The latest days whose calls are looked at.")
    most: int = Field(
        5_000, ge=100, le=1_000_000, description="So many of them at most of each task type and model, the latest."
    )
    delta: float = Field(
        DELTA, gt=0, lt=1, allow_inf_nan=False, description="The chance of a false alarm that ADWIN is allowed."
    )


def new_drifts(stream: Stream, known: Sequence[Drifted], *, delta: float, found_at: datetime) -> Iterator[Drifted]:
    """The drifts of one stream since the latest that is known of it; the calls after that are looked at anew."""
    own = [one for one in known if (one.task_type, one.model, one.measure) == key_of(stream)]
    latest = max(own, key=lambda one: one.detected_at, default=None)
    rest = stream if latest is None else stream.after(latest.since)
    for shift in find_shifts(rest.values, is_share=stream.measure in SHARES, delta=delta):
        detected_at = rest.started_at[shift.place]
        if latest is not None and detected_at <= latest.detected_at:
            continue
        yield Drifted(
            drift_id=digest("drift", *key_of(stream), rest.attempt_ids[shift.place]),
            task_type=stream.task_type,
            model=stream.model,
            measure=stream.measure,
            before=shift.before,
            after=shift.after,
            n_before=shift.n_before,
            n_after=shift.n_after,
            since=rest.started_at[shift.since],
            detected_at=detected_at,
            found_at=found_at,
        )


def key_of(stream: Stream) -> tuple[str, str, str]:
    """What a stream is of."""
    return stream.task_type, stream.model, stream.measure


def open_cells(home: Home, *, learned_to: datetime | None, at: datetime) -> Mapping[str, tuple[str, ...]]:
    """The models to be explored, by task type: those whose calls drifted after the weights had learned.

    `learned_to` is the latest call that the weights in force learned from, None where there are none. Nothing is open
    where the warehouse can't be read, or was published before drifts were known.
    """
    since = at - timedelta(days=OPEN_DAYS)
    try:
        found = drifts_since(home, since if learned_to is None else max(since, learned_to))
    except (BadInputError, DamagedError):
        return {}
    cells = sorted({(one.task_type, one.model) for one in found})
    return {
        task_type: tuple(model for other, model in cells if other == task_type) for task_type in {c[0] for c in cells}
    }


def tell_drift(drift: Drifted) -> str:
    """A drift in one line."""
    return (
        f"{drift.measure} of {drift.task_type} on {drift.model} went from {drift.before:.4g} to {drift.after:.4g} "
        f"on {drift.since:%Y-%m-%d %H:%M} UTC (seen in {drift.n_after} calls)"
    )
