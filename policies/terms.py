"""On which terms a policy trades quality for money, for time and for knowledge."""

from __future__ import annotations

from dataclasses import dataclass

from policies.cascade.terms import CascadeTerms


@dataclass(frozen=True, slots=True)
class Terms:
    """What a policy that weighs quality goes by, besides what is predicted.

    `multiplier` is λ in quality per USD, as a plan over the whole batch found it; None has it found anew for each
    chunk. `latency_price` is μ in quality per second. `exploration` is ε in [0, 1), the share of requests that go to
    another model than the most useful one, to learn more of it. `probing` is the share of those that would go to a
    model, were it not for what its latest calls showed, that still do, so that its recovery is seen. `dither` is
    how far each request's own λ may be from `multiplier`, as a share of it: see `policies.dither`.
    `cascade` is the check that the step's cascades go by, None where it has none.
    """

    multiplier: float | None = None
    latency_price: float = 0.0
    exploration: float = 0.0
    probing: float = 0.05
    dither: float = 0.0
    cascade: CascadeTerms | None = None


PLAIN = Terms()
