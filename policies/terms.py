"""On which terms a policy trades quality for money, for time and for knowledge."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Terms:
    """What a policy that weighs quality goes by, besides what is predicted.

    `multiplier` is λ in quality per USD, as a plan over the whole batch found it; None has it found anew for each
    chunk. `latency_price` is μ in quality per second. `exploration` is ε in [0, 1), the share of requests that go to
    another model than the most useful one, to learn more of it. `dither` is how far each request's own λ may be from
    `multiplier`, as a share of it: see `policies.dither`.
    """

    multiplier: float | None = None
    latency_price: float = 0.0
    exploration: float = 0.0
    dither: float = 0.0


PLAIN = Terms()
