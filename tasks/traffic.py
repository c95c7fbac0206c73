"""The traffic of one process to all models: turns at their deployments, and which models are out of service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from interlock import CircuitOpenError

from policies.skills import deployments_for
from policies.types import Catalogue, Deployment, Model, Request
from tasks.clock import clock_s
from tasks.gates import Gate
from tasks.health import Attempt, fault_of
from tasks.keys import has_key
from tasks.models.client import CallError
from tasks.seats import Bid, Grant


@dataclass(frozen=True, slots=True)
class Outage:
    """Why a model can't be asked, and until when to wait for it (monotonic seconds; infinite where nobody knows)."""

    reason: str
    back_at_s: float


class Turn:
    """One request's turn at a deployment; `end` says how it went."""

    def __init__(self, deployment: Deployment, *, reserved_tokens: int) -> None:
        self.deployment = deployment
        self.reserved_tokens = reserved_tokens
        self.used_tokens: int | None = None
        self.error: CallError | None = None
        self.latency_s: float | None = None

    def end(self, *, error: CallError | None, latency_s: float, used_tokens: int | None) -> None:
        """How the request ended; `used_tokens` are those that count against the limit, None where nobody knows."""
        self.error, self.latency_s, self.used_tokens = error, latency_s, used_tokens


class Traffic:
    """One gate per model, shared by all tasks of the process; its turns are taken on one event loop.

    `outages` and `has_other` only read, from any thread. Two catalogues that describe a model alike share its gate.
    """

    def __init__(self, *, clock_s: Callable[[], float] = clock_s) -> None:
        self._clock_s = clock_s
        self._gates: dict[tuple[object, ...], Gate] = {}

    @asynccontextmanager
    async def turn(self, model: Model, bid: Bid) -> AsyncIterator[Turn]:
        """Wait for a deployment and keep a place there; raises `OutOfServiceError` where there is none in time."""
        gate = self._gate(model)
        while True:
            grant = await gate.enter(bid)
            try:
                with grant.seat.circuit.admit() as attempt:
                    turn = Turn(grant.seat.deployment, reserved_tokens=bid.tokens)
                    began_s = self._clock_s()
                    try:
                        yield turn
                    finally:
                        self._learn(gate, grant, turn, attempt, age_s=self._clock_s() - began_s)
            except CircuitOpenError:  # it opened while the grant was on its way
                continue
            else:
                return
            finally:
                gate.leave(grant)

    def _learn(self, gate: Gate, grant: Grant, turn: Turn, attempt: Attempt, *, age_s: float) -> None:
        """Tell breaker, balancer and rates how a request ended; nothing where it was not sent."""
        if turn.latency_s is None:
            return
        attempt.is_over, attempt.fault = True, fault_of(turn.error)
        if gate.tokens is not None and turn.used_tokens is not None:
            gate.tokens.settle(turn.reserved_tokens, used=turn.used_tokens, age_s=age_s)
        if turn.error is not None and turn.error.retry_after_s:
            grant.seat.circuit.hold(turn.error.retry_after_s)
        is_failure = attempt.fault is not None or (turn.error is not None and turn.error.is_retryable)
        if turn.error is None or is_failure:
            gate.balancer.ended(
                turn.deployment.name,
                how="failed" if is_failure else "ok",
                latency_s=turn.latency_s,
                now_s=self._clock_s(),
            )

    def outages(
        self, catalogue: Catalogue, *, deadline_at_s: float, request: Request | None = None
    ) -> Mapping[str, Outage]:
        """The models that can't be asked, by a request if one is given, before the deadline or an open circuit's end.

        A model that is held by Retry-After for less long is only waited for.
        """
        found, now_s = {}, self._clock_s()
        for model in catalogue.models:
            gate, usable = self._gates.get(key_of(model)), usable_of(model, request)
            if gate is None or not usable or gate.back_at_s(usable) <= now_s:
                continue
            if gate.back_in_health_at_s(usable) > deadline_at_s:
                found[model.name] = Outage(gate.reason(usable), gate.worth_waiting_until_s(usable))
        return found

    def has_other(self, model: Model, avoided: frozenset[str], *, request: Request | None = None) -> bool:
        """Whether a deployment of the model may be asked now that is not avoided, by a request if one is given."""
        gate, others = self._gates.get(key_of(model)), usable_of(model, request) - avoided
        return bool(others) and (gate is None or gate.back_at_s(others) <= self._clock_s())

    def _gate(self, model: Model) -> Gate:
        key = key_of(model)
        if key not in self._gates:
            self._gates[key] = Gate(model, clock_s=self._clock_s)
        return self._gates[key]


def key_of(model: Model) -> tuple[object, ...]:
    """What makes a model's traffic the same in two catalogues."""
    return (model.name, model.deployments, model.balancing, model.rpm, model.tpm, model.circuit)


def usable_of(model: Model, request: Request | None = None) -> frozenset[str]:
    """The deployments that have their key; all where none has, so that the attempt tells which key is missing.

    For a request only those that have what it needs, such as a region.
    """
    fit = model.deployments if request is None else deployments_for(request, model)
    with_key = frozenset(one.name for one in fit if has_key(one))
    return with_key or frozenset(one.name for one in fit)
