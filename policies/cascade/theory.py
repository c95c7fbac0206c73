"""When a cascade can beat the mixtures of two single models, and when a mixture does as well.

With U(λ) = quality - λ·cost, and at λ* = (b - a) / (c_B - c_A), where the two models are equally useful, the cascade is
worth more than either iff

    b_f - a_f > (b - a) · (c_B + k / P(fail)) / (c_B - c_A)

where a_f and b_f are the two models' qualities on what fails the check: what escalation gains has to exceed what a coin
between the models gains, by what was paid for the first answer and its check in vain. A check that knows nothing, r =
f, leaves a_f = a and b_f = b, and never gains; nor does any where the second model is not better on what fails. Of a
cascade that costs more than its second model, the condition is enough but more than it takes.

Derived from `policies.cascade.expected`. That deferral by the first model's confidence alone forgets b_f, and falls
short where that matters, is the point of Jitkrittum et al. (2023). Dekoninck et al. (2024) escalate by the same
comparison of expected gain with λ × cost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from policies.allocation.arrays import Floats


@dataclass(frozen=True, slots=True)
class Hull:
    """The non-decreasing upper hull of single models' cost and quality, ascending in both; (points,) each."""

    cost_usd: Floats
    quality: Floats

    def quality_at(self, cost_usd: Floats) -> Floats:
        """The best that a mixture gives for at most a cost; -inf where nothing is so cheap."""
        found = np.interp(cost_usd, self.cost_usd, self.quality)
        return np.where(np.asarray(cost_usd) < self.cost_usd[0], -np.inf, found)


def hull_of(quality: Floats, cost_usd: Floats) -> Hull:
    """The hull of some models, (m,) each with m ≥ 1; those of unknown (infinite) cost are left out."""
    edge: list[tuple[float, float]] = []
    for cost, value in sorted(zip(cost_usd.tolist(), quality.tolist(), strict=True), key=lambda one: (one[0], -one[1])):
        if not np.isfinite(cost) or (edge and value <= edge[-1][1]):
            continue
        while len(edge) > 1 and is_under(edge[-1], edge[-2], (cost, value)):
            edge.pop()
        edge.append((cost, value))
    points = np.array(edge, dtype=np.float64).reshape(-1, 2)
    return Hull(points[:, 0], points[:, 1])


def mixture_at(quality: Floats, cost_usd: Floats, at_usd: Floats) -> Floats:
    """As `hull_of(…).quality_at(…)` for n requests at once: (n, m) models and (n, k) costs in, (n, k) out."""
    found = np.full(at_usd.shape, -np.inf)
    for left in range(quality.shape[1]):
        low, low_usd = quality[:, left, None], cost_usd[:, left, None]
        is_within = low_usd <= at_usd
        found = np.maximum(found, np.where(is_within, low, -np.inf))
        for right in range(quality.shape[1]):
            high, high_usd = quality[:, right, None], cost_usd[:, right, None]
            is_between = is_within & (at_usd < high_usd) & np.isfinite(high_usd)
            with np.errstate(divide="ignore", invalid="ignore"):
                mixed = low + (high - low) * (at_usd - low_usd) / (high_usd - low_usd)
            found = np.maximum(found, np.where(is_between, mixed, -np.inf))
    return found


def is_under(middle: tuple[float, float], left: tuple[float, float], right: tuple[float, float]) -> bool:
    """Whether a point of (cost, quality) is on or under the line between two others."""
    return (middle[1] - left[1]) * (right[0] - left[0]) <= (right[1] - left[1]) * (middle[0] - left[0])


def lift_needed(
    quality: tuple[float, float], cost_usd: tuple[float, float], *, escalation_rate: float, check_usd: float = 0.0
) -> float:
    """What escalation has to gain on what fails, b_f - a_f, for the cascade to beat every mixture of its two models.

    `quality` and `cost_usd` are of the first and the second model, which costs more (else ValueError). Where the second
    is no better, a mixture gains nothing, and any gain is enough.
    """
    dearer = cost_usd[1] - cost_usd[0]
    if dearer <= 0 or escalation_rate <= 0:
        raise ValueError("the second model of such a cascade costs more, and is asked at times")
    return max(quality[1] - quality[0], 0.0) * (cost_usd[1] + check_usd / escalation_rate) / dearer
