"""Changing which weights are live: by the gate, by hand, or back again; one change at a time, landed at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeAlias

from policies.errors import BadInputError
from policies.gate.conditions import Condition, all_hold
from policies.weights import parse_weights
from warehouse.home import Home
from warehouse.landing import land
from warehouse.locks import locked
from warehouse.records import WeightsChanged
from warehouse.spool import Spool
from warehouse.weights import list_weights, live_of, version_of
from warehouse.weights_fit import Fit
from warehouse.weights_gate import gate_json, has_parent

LOCK_WAIT_S = 60.0

Verdict: TypeAlias = Literal["promoted", "rejected", "unchanged"]


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a version: `live` is the one that is live now, `before` the one that was.

    `note` is what became of the predictor that was to be fitted with it.
    """

    verdict: Verdict
    version: str
    live: str | None
    before: str | None
    conditions: tuple[Condition, ...]
    note: str = ""


def settle_fit(home: Home, fit: Fit, conditions: Sequence[Condition], *, changed_at: datetime) -> Change:
    """Promote a fit whose conditions all hold, else record it as rejected; the live version stays then.

    A fit equal to the live version changes nothing, whatever its conditions say. Raises `WorkFailedError` where the
    change can't be made durable, or another one takes too long.
    """
    with one_change(home):
        versions = list_weights(home)
        live = live_of(versions)
        before = live.weights_version if live else None
        judged = (*conditions, has_parent(fit, before))
        if fit.version == before:
            return Change("unchanged", fit.version, before, before, judged, fit.note)
        if not all_hold(judged):
            record_changes(home, fitted(fit, judged, status="rejected", parent=before, changed_at=changed_at))
            return Change("rejected", fit.version, before, before, judged, fit.note)
        candidate = fitted(fit, judged, status="live", parent=before, changed_at=changed_at)
        record_changes(home, *promotion(candidate, versions, changed_at=changed_at))
        return Change("promoted", fit.version, fit.version, before, judged, fit.note)


def promote_weights(home: Home, version: str, *, changed_at: datetime) -> Change:
    """Make a version live by hand; raises `BadInputError` where there is none of the name, or its document is bad."""
    with one_change(home):
        versions = list_weights(home)
        live = live_of(versions)
        parent = live.weights_version if live else None
        return replace_live(home, version, versions, parent=parent, how="promoted by hand", changed_at=changed_at)


@dataclass(frozen=True, slots=True)
class Taken:
    """A version that came from elsewhere: its status here, and whether it was new."""

    status: str
    is_new: bool


def take_candidate(home: Home, candidate: WeightsChanged) -> Taken:
    """Record a version that came from elsewhere; one that is known already stays as it is."""
    with one_change(home):
        known = [one for one in list_weights(home) if one.weights_version == candidate.weights_version]
        if known:
            return Taken(known[0].status, is_new=False)
        record_changes(home, candidate)
        return Taken(candidate.status, is_new=True)


def rollback_weights(home: Home, *, changed_at: datetime) -> Change:
    """Make the live version's parent live again; a second rollback goes one further back.

    Raises `BadInputError` where no version is live, or the live one has no parent.
    """
    with one_change(home):
        versions = list_weights(home)
        live = live_of(versions)
        if live is None or live.parent is None:
            problem = "no weights are live" if live is None else f"{live.weights_version} is the first version"
            raise BadInputError(f"{problem}: there is nothing to go back to")
        parent = version_of(versions, live.parent).parent
        return replace_live(home, live.parent, versions, parent=parent, how="rolled back to", changed_at=changed_at)


def replace_live(
    home: Home, name: str, versions: Sequence[WeightsChanged], *, parent: str | None, how: str, changed_at: datetime
) -> Change:
    """Make a recorded version live, unless it is."""
    version, live = version_of(versions, name), live_of(versions)
    before = live.weights_version if live else None
    if name == before:
        return Change("unchanged", name, before, before, ())
    if parse_weights(version.document, file=f"weights {name}").version != name:
        raise BadInputError("its document is not the one that its name is the hash of", field="version", value=name)
    conditions = (Condition(how, True, f"in place of {before or 'none'}"),)
    chosen = replace(version, status="live", parent=parent, gate=gate_json(conditions), changed_at=changed_at)
    record_changes(home, *promotion(chosen, versions, changed_at=changed_at))
    return Change("promoted", name, name, before, conditions)


def promotion(
    chosen: WeightsChanged, versions: Sequence[WeightsChanged], *, changed_at: datetime
) -> tuple[WeightsChanged, ...]:
    """The records that make one version live and retire every other that is."""
    retired = [
        replace(version, status="retired", changed_at=changed_at)
        for version in versions
        if version.status == "live" and version.weights_version != chosen.weights_version
    ]
    return (*retired, chosen)


def fitted(
    fit: Fit,
    conditions: Sequence[Condition],
    *,
    status: Literal["live", "rejected"],
    parent: str | None,
    changed_at: datetime,
) -> WeightsChanged:
    """A fit as the record of its verdict."""
    return WeightsChanged(
        weights_version=fit.version,
        parent=parent,
        status=status,
        document=fit.document,
        data_from=fit.data_from,
        data_to=fit.data_to,
        n_calls=fit.n_calls,
        estimates=fit.estimates,
        gate=gate_json(conditions),
        created_at=changed_at,
        changed_at=changed_at,
    )


@contextmanager
def one_change(home: Home) -> Iterator[None]:
    """Be the one who may change which version is live; readers don't wait."""
    with locked(home.create().root / "weights.lock", wait_s=LOCK_WAIT_S):
        yield


def record_changes(home: Home, *changes: WeightsChanged) -> None:
    """Make changes durable, together, and land them, so that whoever comes next reads them."""
    with Spool(home, process_name="weights") as spool:
        spool.append(*changes).result()
    land(home)
