"""Which weights may route: the live version if it is sound and fresh, else the last good one, else none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from policies.errors import BadInputError
from policies.types import Weights
from policies.weights import parse_weights
from warehouse.damage import DamagedError
from warehouse.home import Home
from warehouse.records import WeightsChanged
from warehouse.weights import list_weights, live_of

BY_RULES = "the rules alone decide"


@dataclass(frozen=True, slots=True)
class WeightsInForce:
    """The weights that route, with their document; None where there are none. `problem` is why they are not the live
    ones, in one line: then without weights the task-specific rules stand in. `learned_to` is the latest call that they
    learned from."""

    weights: Weights | None = None
    document: str | None = None
    problem: str | None = None
    learned_to: datetime | None = None

    @property
    def is_lost(self) -> bool:
        """Whether there were weights, and none can be used."""
        return self.weights is None and self.problem is not None

    @property
    def version(self) -> str | None:
        """The version of the weights."""
        return None if self.weights is None else self.weights.version


def weights_in_force(home: Home, *, at: datetime, ttl: timedelta | None) -> WeightsInForce:
    """The weights that a home routes by at a time; nothing that is wrong with them raises.

    Where the warehouse can't be read, nobody knows which are live, and none are.
    """
    try:
        versions = list_weights(home)
    except (BadInputError, DamagedError) as error:
        return WeightsInForce(problem=f"which weights are live can't be read, {BY_RULES}: {error}")
    return choose_weights(versions, at=at, ttl=ttl)


def choose_weights(versions: Sequence[WeightsChanged], *, at: datetime, ttl: timedelta | None) -> WeightsInForce:
    """The first of the live version and those that were live before it whose document is sound and fresh.

    `versions` are as `list_weights` gives them. A version is as old as the latest call that it learned from; older than
    `ttl` (None: no limit) it is stale.
    """
    live = live_of(versions)
    if live is None:
        return WeightsInForce()
    problem = None
    for version in lineage(live, versions):
        try:
            weights = read_version(version, at=at, ttl=ttl)
        except BadInputError as error:
            problem = problem or f"weights {live.weights_version} {error.problem}"
        else:
            stands_in = None if problem is None else f"{problem}; {version.weights_version} stands in"
            return WeightsInForce(weights, version.document, stands_in, version.data_to)
    return WeightsInForce(problem=f"{problem}; {BY_RULES}")


def lineage(live: WeightsChanged, versions: Sequence[WeightsChanged]) -> Iterator[WeightsChanged]:
    """The live version, then those that were live before it, the latest first."""
    yield live
    yield from (version for version in versions if version.status == "retired")


def read_version(version: WeightsChanged, *, at: datetime, ttl: timedelta | None) -> Weights:
    """The weights of a version; where they can't route, `BadInputError` with a problem that follows the name."""
    weights = read_document(version.document, name=version.weights_version)
    learned_to = version.data_to or version.created_at
    if ttl is not None and at - learned_to > ttl:
        raise BadInputError(f"are stale: they learned from calls until {learned_to:%Y-%m-%d}, over {days(ttl)} ago")
    return weights


def read_document(document: str, *, name: str) -> Weights:
    """The weights of a document that is to have a name; `BadInputError` where it is damaged, or another one."""
    try:
        weights = parse_weights(document)
    except BadInputError as error:
        raise BadInputError(f"can't be read: {error.problem}") from error
    if weights.version != name:
        raise BadInputError(f"are damaged: their content is that of {weights.version}")
    return weights


def days(ttl: timedelta) -> str:
    """A span as people read it."""
    return f"{ttl / timedelta(days=1):g} days"
