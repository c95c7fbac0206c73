"""Quality against cost as λ is swept: the points, their hull, and the area under it (AIQ).

AIQ is the "average improvement in quality" of Hu et al., "RouterBench: a benchmark for multi-LLM routing system"
(2024), §3: the mean of the non-decreasing convex hull over a range of costs that is the same for all routers, here
from the cheapest single model's mean cost to the costliest one's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from policies.evaluation.choices import choose, means_of, multipliers_of
from policies.evaluation.outcomes import Floats, Outcomes
from policies.evaluation.router import Predictions


@dataclass(frozen=True, slots=True)
class Point:
    """Mean quality and cost per call at one λ, in quality per USD; None of what has no λ, as a single model."""

    quality: float
    cost_usd: float
    multiplier: float | None = None


def sweep(predictions: Predictions, outcomes: Outcomes, *, multipliers: Floats | None = None) -> tuple[Point, ...]:
    """What the predictions' choices came to in fact, one point per λ; by default those of `multipliers_of`."""
    points = []
    for multiplier in multipliers_of(predictions) if multipliers is None else multipliers:
        means = means_of(outcomes, choose(predictions, multiplier))
        points.append(Point(means.quality, means.cost_usd, float(multiplier)))
    return tuple(points)


def single_points(outcomes: Outcomes) -> tuple[Point, ...]:
    """Each model by itself, in the order of the columns."""
    means = zip(outcomes.quality.mean(axis=0), outcomes.cost_usd.mean(axis=0), strict=True)
    return tuple(Point(float(quality), float(cost)) for quality, cost in means)


def hull(points: Sequence[Point]) -> tuple[Point, ...]:
    """The non-decreasing upper convex hull, from the cheapest point to the best one; between two of its points lies
    what a coin toss between them gives."""
    found: list[Point] = []
    for point in sorted(points, key=lambda one: (one.cost_usd, -one.quality)):
        if found and point.quality <= found[-1].quality:
            continue
        while len(found) > 1 and is_below(found[-1], found[-2], point):
            found.pop()
        found.append(point)
    return tuple(found)


def is_below(middle: Point, left: Point, right: Point) -> bool:
    """Whether a point is on or under the line between its neighbours."""
    rise, run = right.quality - left.quality, right.cost_usd - left.cost_usd
    return (middle.quality - left.quality) * run <= rise * (middle.cost_usd - left.cost_usd)


def quality_at(points: Sequence[Point], cost_usd: float) -> float:
    """The hull's quality at a cost: level beyond its best point, and before its cheapest one."""
    edge = hull(points)
    return float(np.interp(cost_usd, [p.cost_usd for p in edge], [p.quality for p in edge]))


def cost_at(points: Sequence[Point], quality: float) -> float | None:
    """The least cost at which the hull reaches a quality; None where it does not."""
    edge = hull(points)
    if quality > edge[-1].quality:
        return None
    return float(np.interp(quality, [p.quality for p in edge], [p.cost_usd for p in edge]))


def aiq(points: Sequence[Point], singles: Sequence[Point]) -> float | None:
    """The mean of the hull between the cheapest and the costliest single model's cost; None where these are equal.

    The cheapest single model counts as one of the points: a router may always be left out.
    """
    cheapest = min(singles, key=lambda one: (one.cost_usd, -one.quality))
    low, high = cheapest.cost_usd, max(one.cost_usd for one in singles)
    if high <= low:
        return None
    edge = hull([*points, cheapest])
    costs = np.array([low, *(p.cost_usd for p in edge if low < p.cost_usd < high), high])
    qualities = np.interp(costs, [p.cost_usd for p in edge], [p.quality for p in edge])
    return float(np.trapezoid(qualities, costs) / (high - low))
