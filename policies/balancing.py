"""Which deployment of a model serves the next request: weighted round robin, and least connections.

A balancer keeps what it has learned and nothing else: who is under way, the time and what chance depends on are its
arguments. `policies.latency_balancing` has the third one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Ended = Literal["ok", "failed"]


@dataclass(frozen=True, slots=True)
class Load:
    """One deployment at the moment of a choice; one that `is_full` can't be sent anything until something ends."""

    name: str
    weight: float = 1.0
    in_flight: int = 0
    is_full: bool = False


class Balancer(Protocol):
    """Chooses among the deployments of one model.

    `choose` changes nothing, and is None where the request had better wait: for any of them, or for one that is full.
    `took` says that the choice was acted upon, `ended` how such a request ended; `key` is what chance depends on.
    """

    def choose(self, loads: Sequence[Load], *, key: str, now_s: float) -> str | None: ...

    def took(self, name: str, loads: Sequence[Load]) -> None: ...

    def ended(self, name: str, *, how: Ended, latency_s: float, now_s: float) -> None: ...

    def forget(self, name: str) -> None: ...


class WeightedRoundRobin:
    """Shares by weight, evenly interleaved: of every run of requests each deployment has its share, within one or so.

    The weights hold whatever the deployments can do: one that is full is waited for.
    Source: nginx, "Upstream: smooth weighted round-robin balancing" (commit 52327e0627f4, 2012): each turn adds its
    weight to every deployment's standing; the highest is chosen, and pays the sum of the weights.
    """

    def __init__(self) -> None:
        self._standing: dict[str, float] = {}

    def choose(self, loads: Sequence[Load], *, key: str, now_s: float) -> str | None:  # noqa: ARG002 # of the protocol
        """The deployment whose turn it is; None where it is full."""
        turn = self.next_of(loads)
        return None if turn is None or turn.is_full else turn.name

    def next_of(self, loads: Sequence[Load]) -> Load | None:
        """The deployment whose turn it is, full or not: the first of the highest standing; None where there is none."""
        return max(loads, key=lambda load: self._standing.get(load.name, 0.0) + load.weight, default=None)

    def took(self, name: str, loads: Sequence[Load]) -> None:
        """Take the turn; those that are not in `loads` keep their standing."""
        for load in loads:
            self._standing[load.name] = self._standing.get(load.name, 0.0) + load.weight
        self._standing[name] -= sum(load.weight for load in loads)

    def ended(self, name: str, *, how: Ended, latency_s: float, now_s: float) -> None:
        """Nothing is learned."""

    def forget(self, name: str) -> None:
        """Nothing was learned."""


class LeastConnections:
    """The deployment with the fewest requests under way for its weight, among those that are not full.

    Equals take turns by weight, as nginx has it (`least_conn`).
    """

    def __init__(self) -> None:
        self._turns = WeightedRoundRobin()

    def choose(self, loads: Sequence[Load], *, key: str, now_s: float) -> str | None:  # noqa: ARG002 # of the protocol
        """The least busy deployment; None where all are full."""
        turn = self._turns.next_of(least_busy(loads))
        return None if turn is None else turn.name

    def took(self, name: str, loads: Sequence[Load]) -> None:
        """Take the turn among the equals."""
        self._turns.took(name, least_busy(loads))

    def ended(self, name: str, *, how: Ended, latency_s: float, now_s: float) -> None:
        """Nothing is learned: what is slow has more under way."""

    def forget(self, name: str) -> None:
        """Nothing was learned."""


def least_busy(loads: Sequence[Load]) -> list[Load]:
    """Those with room and the fewest requests under way for their weight; several where they are equal."""
    free = [load for load in loads if not load.is_full]
    fewest = min((load.in_flight / load.weight for load in free), default=0.0)
    return [load for load in free if load.in_flight / load.weight == fewest]
