"""Whether a deployment may be asked: its circuit breaker, and until when it asked to be left alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from interlock import CircuitBreaker, Config, CoreEventListener, State

from policies.types import CircuitLimits
from tasks.models.client import CallError

# Failures that are the deployment's: another request to it would fare as badly. What a request itself is to blame for
# (400, 413, 422, a content filter, a context window) says nothing about its health.
FAULTS = frozenset(
    {
        "authentication",
        "configuration",
        "connection",
        "malformed_response",
        "missing_package",
        "not_found",
        "payment_required",
        "permission",
        "rate_limit",
        "server_error",
        "timeout",
    }
)
# Those of them that no wait helps: somebody has to change something.
LASTING = frozenset(
    {"authentication", "configuration", "missing_package", "not_found", "payment_required", "permission"}
)
NOT_SOON_S = 1e18  # a moment that no deadline reaches
NEVER_SLOW_S = 1e9  # the breaker's own idea of slowness is not used: the balancer's is


class FaultError(Exception):
    """What the breaker is told of a request that failed by the deployment's fault."""


class UnaskedError(BaseException):
    """What the breaker is told of an admission that was not used: nothing was sent, so nothing is known."""


@dataclass
class Attempt:
    """One admitted request; `fault` is the kind of failure that was the deployment's, None where there was none."""

    is_over: bool = False
    fault: str | None = None

    def verdict(self) -> BaseException | None:
        """What the breaker is told."""
        if not self.is_over:
            return UnaskedError()
        return None if self.fault is None else FaultError(self.fault)


@dataclass(frozen=True, slots=True)
class Clock:
    """A function as the breaker's clock."""

    clock_s: Callable[[], float]

    def monotonic(self) -> float:
        """Monotonic seconds."""
        return self.clock_s()


class Circuit(CoreEventListener):
    """The health of one deployment.

    The breaker opens when of the latest requests (20 at most, `min_calls` at least) the share `failure_share` failed
    by the deployment's fault; after `open_s` one request may probe it, which closes or opens it again. `Retry-After`
    holds the deployment for as long as it says, whatever the breaker thinks. Times are monotonic seconds.
    """

    def __init__(
        self, name: str, limits: CircuitLimits, *, clock_s: Callable[[], float], on_recovery: Callable[[str], None]
    ) -> None:
        self.name = name
        self._limits = limits
        self._clock_s = clock_s
        self._on_recovery = on_recovery
        self._probed_from_s = -math.inf
        self._is_claimed = False
        self._held_until_s = -math.inf
        self._last_fault = ""
        config = Config(
            failure_rate_threshold=limits.failure_share,
            minimum_number_of_calls=limits.min_calls,
            window_size=max(20, limits.min_calls),
            permitted_calls_in_half_open=1,
            wait_duration_in_open=limits.open_s,
            slow_call_duration_threshold=NEVER_SLOW_S,
        )
        self._breaker = CircuitBreaker(name=name, config=config, clock=Clock(clock_s), listener=self)

    def on_state_change(self, *, name: str, old: State, new: State) -> None:  # noqa: ARG002 # the breaker's protocol
        """Note when a breaker that opened may be probed; tell of one that closed again."""
        if new is State.OPEN:
            self._probed_from_s = self._clock_s() + self._limits.open_s
        elif new is State.CLOSED:
            self._on_recovery(name)

    @property
    def is_closed(self) -> bool:
        """Whether the breaker lets every request through."""
        return self._breaker.state is State.CLOSED

    @property
    def held_until_s(self) -> float:
        """Until when the deployment asked to be left alone; in the past where it did not."""
        return self._held_until_s

    def opens_at_s(self) -> float:
        """From when on it may be asked, as far as is known: infinite while it is being probed."""
        if self.is_closed:
            return self._held_until_s
        return math.inf if self._is_claimed else max(self._probed_from_s, self._held_until_s)

    def worth_waiting_until_s(self) -> float:
        """The same for those who would wait for it: not soon where its latest failure is one that no wait helps."""
        return NOT_SOON_S if not self.is_closed and self._last_fault in LASTING else self.opens_at_s()

    def hold(self, seconds: float) -> None:
        """Leave the deployment alone for a while, as it asked."""
        self._held_until_s = max(self._held_until_s, self._clock_s() + seconds)

    def claim(self) -> bool:
        """Keep the only probe for the request that was just chosen; False where the breaker is closed."""
        self._is_claimed = not self.is_closed
        return self._is_claimed

    def unclaim(self) -> None:
        """Give the probe back."""
        self._is_claimed = False

    @contextmanager
    def admit(self) -> Iterator[Attempt]:
        """Be one request; raises `CircuitOpenError` where the breaker opened since it was chosen."""
        attempt = Attempt()
        self._breaker.__enter__()  # by hand, since how it ended is not told by an exception
        try:
            yield attempt
        finally:
            verdict = attempt.verdict()
            self._last_fault = attempt.fault or self._last_fault
            self._breaker.__exit__(None if verdict is None else type(verdict), verdict, None)

    def reason(self) -> str:
        """Why the deployment can't be asked, without a word of any request."""
        if self.is_closed:
            return f"{self.name} asked for no request for another {self._held_until_s - self._clock_s():.1f} s"
        seen = self._breaker.snapshot()
        failed = f"{seen.failed_calls} of its last {seen.total_calls} attempts failed"
        return f"the circuit of {self.name} is open: {failed}, the latest by {self._last_fault}"


def fault_of(error: CallError | None) -> str | None:
    """The kind of a failure that is the deployment's fault; None for any other end.

    One that says when to come back (a 429 with Retry-After) is not ill: it is held until then.
    """
    if error is None or error.error_type not in FAULTS:
        return None
    is_busy = error.status == "rate_limited" and bool(error.retry_after_s)
    return None if is_busy else error.error_type
