"""What stands in a model's queue, and what is handed out there: bids, waiters, seats at deployments, grants."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, field

from policies.balancing import Load
from policies.types import Deployment
from tasks.health import Circuit
from tasks.rates import Window


@dataclass(frozen=True, slots=True)
class Bid:
    """What a request asks of the gate.

    `usable` are the deployments that it may go to, `avoided` those among them that failed it before. One that
    `is_patient` waits for an open circuit too, until `deadline_at_s`; the others are told at once.
    """

    key: str
    usable: frozenset[str]
    tokens: int
    deadline_at_s: float
    avoided: frozenset[str] = frozenset()
    is_patient: bool = False


@dataclass(eq=False)
class Seat:
    """A deployment with what is under way there."""

    deployment: Deployment
    circuit: Circuit
    window: Window | None
    in_flight: int = 0
    rate_free_at_s: float = -math.inf

    def load(self, *, now_s: float) -> Load:
        """As the balancer sees it."""
        is_full = self.in_flight >= self.deployment.concurrency or now_s < self.rate_free_at_s
        return Load(self.deployment.name, self.deployment.weight, self.in_flight, is_full)


@dataclass(eq=False, frozen=True, slots=True)
class Grant:
    """One request's place at a deployment; `is_probe` where it is the one that tries an open circuit."""

    seat: Seat
    is_probe: bool


@dataclass(eq=False)
class Waiter:
    """A request in a queue; `number` counts those that came, `paid` are the windows that have counted it already."""

    number: int
    bid: Bid
    granted: asyncio.Future[Grant]
    paid: set[Window] = field(default_factory=set)
