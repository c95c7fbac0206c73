"""What sending needs besides the call: the client, the ledger, the traffic, the money, the router, the clocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from policies.types import Catalogue, Decision, Request
from tasks.answers import RejectedAnswerError
from tasks.budget import Budget
from tasks.history import History
from tasks.models.client import Client
from tasks.stopping import Stop
from tasks.texts import TextKeeper
from tasks.traffic import Traffic
from warehouse.commit import Commit
from warehouse.records import Intent, Record


class Ledger(Protocol):
    """Where records are made durable: the spool, or a fake in tests."""

    def append(self, *records: Record) -> Commit: ...


class Journal(Protocol):
    """Where a step keeps its attempts for a resumed run."""

    def append(self, *records: Record) -> None: ...


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that the calls of one step share.

    `redecide` asks the router again for one request, without the models that are out of service (name to reason).
    `now` is UTC; `clock_s` is monotonic. `past` is what a killed process left of calls, by call id.
    """

    client: Client
    ledger: Ledger
    journal: Journal
    traffic: Traffic
    budget: Budget
    catalogue: Catalogue
    redecide: Callable[[Request, Mapping[str, str]], Decision]
    record_decision: Callable[[Request, Decision, int], Record]
    record_refusal: Callable[[Intent, RejectedAnswerError], Record]
    keep_text: TextKeeper
    now: Callable[[], datetime]
    clock_s: Callable[[], float]
    stop: Stop = field(default_factory=Stop)
    past: Mapping[str, History] = field(default_factory=dict)
