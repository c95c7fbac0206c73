"""One model's gate: requests wait in order until a deployment has room, is in health, and all rates allow one more."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable, Iterable

from policies.errors import WorkFailedError
from policies.latency_balancing import balancer_of
from policies.types import Deployment, Model
from tasks.health import Circuit
from tasks.rates import Window
from tasks.seats import Bid, Grant, Seat, Waiter

TICK_S = 0.001  # so that a timer never fires just before its moment


class OutOfServiceError(WorkFailedError):
    """No deployment of a model can be asked in time; `back_at_s` is until when to wait, infinite where nobody knows."""

    def __init__(self, reason: str, *, back_at_s: float) -> None:
        super().__init__(reason)
        self.back_at_s = back_at_s


class Gate:
    """The queue of one model; all of it runs on one event loop, but for `back_at_s` and `reason`, which only read."""

    def __init__(self, model: Model, *, clock_s: Callable[[], float]) -> None:
        self._model = model
        self._clock_s = clock_s
        self.balancer = balancer_of(model.balancing)
        self._seats = {one.name: self._seat(one) for one in model.deployments}
        self.tokens = None if model.tpm is None else Window(model.tpm)
        self._requests = None if model.rpm is None else Window(model.rpm)
        # By whether a request failed elsewhere, which go first, and by where it may go: none holds up one that may go
        # where it may not.
        self._queues: dict[tuple[bool, frozenset[str]], deque[Waiter]] = {}
        self._n_came = 0
        self._wake_at_s = math.inf  # when a rate allows the next
        self._looks_at_s = math.inf  # when the timer rings
        self._timer: asyncio.TimerHandle | None = None

    def _seat(self, deployment: Deployment) -> Seat:
        circuit = Circuit(deployment.name, self._model.circuit, clock_s=self._clock_s, on_recovery=self.balancer.forget)
        return Seat(deployment, circuit, None if deployment.rpm is None else Window(deployment.rpm))

    def back_at_s(self, usable: Iterable[str]) -> float:
        """From when on one of the deployments may be asked: now or before where one can be."""
        return min((self._seats[name].circuit.opens_at_s() for name in usable), default=math.inf)

    def worth_waiting_until_s(self, usable: Iterable[str]) -> float:
        """The same for those who would wait, who do not for a deployment whose key is refused, say."""
        return min((self._seats[name].circuit.worth_waiting_until_s() for name in usable), default=math.inf)

    def back_in_health_at_s(self, usable: Iterable[str]) -> float:
        """The same, but for deployments that are only held by Retry-After: they count as there when that is over."""
        circuits = [self._seats[name].circuit for name in usable]
        return min((one.held_until_s for one in circuits if one.is_closed), default=math.inf)

    def reason(self, usable: Iterable[str]) -> str:
        """Why none of the deployments can be asked, in one line."""
        told = "; ".join(self._seats[name].circuit.reason() for name in sorted(usable))
        return told or "no deployment of it has what the request needs"

    async def enter(self, bid: Bid) -> Grant:
        """Wait for a place; raises `OutOfServiceError` where none can be had in time."""
        queue = self._queues.setdefault((not bid.avoided, bid.usable), deque())
        self._n_came += 1
        waiter = Waiter(self._n_came, bid, asyncio.get_running_loop().create_future())
        queue.append(waiter)
        if len(queue) == 1:
            self.pump()
        else:
            self._line_up(waiter, queue)
        try:
            return await waiter.granted
        except asyncio.CancelledError:
            if waiter.granted.done() and not waiter.granted.cancelled() and waiter.granted.exception() is None:
                self.leave(waiter.granted.result())  # it was granted, and will not be used
            raise

    def leave(self, grant: Grant) -> None:
        """Give a place back."""
        circuit = grant.seat.circuit
        grant.seat.in_flight -= 1
        if grant.is_probe:
            circuit.unclaim()
        self.pump(has_probe_failed=grant.is_probe and not circuit.is_closed)

    def pump(self, *, has_probe_failed: bool = False) -> None:
        """Serve the queues as far as that goes now, turn away who waits in vain, and see to it that it goes on.

        A probe that failed sends the patient away too: another model may be back sooner.
        """
        now_s, self._wake_at_s = self._clock_s(), math.inf
        waiting = dict(self._queues)
        while heads := [(is_fresh, queue[0].number, usable) for (is_fresh, usable), queue in waiting.items() if queue]:
            is_fresh, _, usable = min(heads, key=lambda head: head[:2])
            queue = waiting[is_fresh, usable]
            if not queue[0].granted.done():
                grant = self._grant_to(queue[0], now_s=now_s)
                if grant is None:
                    del waiting[is_fresh, usable]
                    continue
                queue[0].granted.set_result(grant)
            queue.popleft()
        for queue in self._queues.values():
            self._turn_away(queue, now_s, has_probe_failed=has_probe_failed)
        self._set_timer(now_s, at_s=self._next_moment_s(now_s))

    def _grant_to(self, waiter: Waiter, *, now_s: float) -> Grant | None:
        """Choose, pay all rates, and take; None where the waiter has to wait."""
        bid = waiter.bid
        open_seats = [self._seats[name] for name in self._seats if name in bid.usable and self._is_open(name, now_s)]
        seats = [seat for seat in open_seats if seat.deployment.name not in bid.avoided] or open_seats
        while True:
            loads = [seat.load(now_s=now_s) for seat in seats]
            name = self.balancer.choose(loads, key=bid.key, now_s=now_s)
            if name is None or not self._pay(waiter, self.tokens, bid.tokens, now_s=now_s):
                return None
            seat = self._seats[name]
            if seat.window is not None and seat.window not in waiter.paid:
                wait_s = seat.window.take(1, now_s=now_s)
                if wait_s:
                    seat.rate_free_at_s = now_s + wait_s
                    continue
                waiter.paid.add(seat.window)
            if not self._pay(waiter, self._requests, 1, now_s=now_s):
                return None
            self.balancer.took(name, loads)
            seat.in_flight += 1
            return Grant(seat, is_probe=seat.circuit.claim())

    def _is_open(self, name: str, now_s: float) -> bool:
        return self._seats[name].circuit.opens_at_s() <= now_s

    def _pay(self, waiter: Waiter, window: Window | None, amount: float, *, now_s: float) -> bool:
        """Whether a window of the model has counted the request, now or before."""
        if window is None or window in waiter.paid:
            return True
        wait_s = window.take(amount, now_s=now_s)
        if wait_s:
            self._wake_at_s = min(self._wake_at_s, now_s + wait_s)
            return False
        waiter.paid.add(window)
        return True

    def _line_up(self, waiter: Waiter, queue: deque[Waiter]) -> None:
        """Have a waiter stand behind others, without looking at all of them; told at once where it waits in vain."""
        now_s, bid = self._clock_s(), waiter.bid
        if self.back_at_s(bid.usable) <= now_s:
            return
        if self._is_vain(bid, now_s):
            queue.pop()
            waiter.granted.set_exception(self._refusal(bid))
        elif bid.deadline_at_s < self._looks_at_s:
            self._set_timer(now_s, at_s=bid.deadline_at_s)

    def _refusal(self, bid: Bid) -> OutOfServiceError:
        return OutOfServiceError(self.reason(bid.usable), back_at_s=self.worth_waiting_until_s(bid.usable))

    def _turn_away(self, queue: deque[Waiter], now_s: float, *, has_probe_failed: bool) -> None:
        """Tell those who wait for health in vain; nobody does while one of the deployments can be asked."""
        if not queue or self.back_at_s(queue[0].bid.usable) <= now_s:
            return
        for waiter in list(queue):
            bid = waiter.bid
            if not waiter.granted.done() and (self._is_vain(bid, now_s) or (bid.is_patient and has_probe_failed)):
                waiter.granted.set_exception(self._refusal(bid))
        remaining = [waiter for waiter in queue if not waiter.granted.done()]
        queue.clear()
        queue.extend(remaining)

    def _is_vain(self, bid: Bid, now_s: float) -> bool:
        """Whether nothing that the request waits for can come in time."""
        if not bid.is_patient:
            held_until_s = self.back_in_health_at_s(bid.usable)
            return held_until_s == math.inf or held_until_s > bid.deadline_at_s
        back_at_s = self.worth_waiting_until_s(bid.usable)
        return now_s >= bid.deadline_at_s or bid.deadline_at_s < back_at_s < math.inf

    def _next_moment_s(self, now_s: float) -> float:
        """When something changes by itself that the queues wait for: a rate, a circuit, a hold, a deadline."""
        queues = [queue for queue in self._queues.values() if queue]
        if not queues:
            return math.inf
        moments = [self._wake_at_s]
        for seat in self._seats.values():
            moments += [seat.rate_free_at_s, seat.circuit.opens_at_s()]
        for queue in queues:
            if self.back_at_s(queue[0].bid.usable) > now_s:
                moments += [waiter.bid.deadline_at_s for waiter in queue]
        return min((moment for moment in moments if moment > now_s), default=math.inf)

    def _set_timer(self, now_s: float, *, at_s: float) -> None:
        """Look again at a moment, and not at the one before."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._looks_at_s = at_s
        if at_s < math.inf:
            self._timer = asyncio.get_running_loop().call_later(max(0.0, at_s - now_s) + TICK_S, self.pump)
