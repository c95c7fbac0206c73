"""The field's headline figures of choices: against always-strongest, and against sending calls at random."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from policies.evaluation.baselines import cheapest_of
from policies.evaluation.choices import means_of
from policies.evaluation.frontier import Point, cost_at
from policies.evaluation.outcomes import Floats, Rows
from policies.evaluation.table import OutcomeTable


@dataclass(frozen=True, slots=True)
class Headline:
    """What some choices came to beside the strongest model alone, whose figures are of the same prompts.

    `saving_against_random` is against the coin between the cheapest and the strongest model that gives the same
    quality. `mean_parameters_m` is per call, in millions of weights; `speed_up` is the strongest model's mean latency
    over the choices'. What is not known is None.
    """

    quality: float
    quality_ratio: float | None
    quality_difference: float
    cost_usd: float
    strongest_share: float
    saving_against_strongest: float | None
    saving_against_random: float | None
    mean_parameters_m: float | None
    speed_up: float | None
    shares: tuple[float, ...]


def headline_of(test: OutcomeTable, chosen: Rows, *, strongest: int) -> Headline:
    """Measure choices on the routed half; `strongest` is the column that was the best on the other half."""
    outcomes = test.outcomes
    means, alone = means_of(outcomes, chosen), means_of(outcomes, np.full(len(test), strongest))
    cheap = means_of(outcomes, np.full(len(test), cheapest_of(outcomes)))
    coin_usd = cost_at([Point(cheap.quality, cheap.cost_usd), Point(alone.quality, alone.cost_usd)], means.quality)
    shares = np.bincount(chosen, minlength=len(test.models)) / len(test)
    return Headline(
        quality=means.quality,
        quality_ratio=means.quality / alone.quality if alone.quality else None,
        quality_difference=means.quality - alone.quality,
        cost_usd=means.cost_usd,
        strongest_share=float(shares[strongest]),
        saving_against_strongest=saving(means.cost_usd, alone.cost_usd),
        saving_against_random=saving(means.cost_usd, coin_usd),
        mean_parameters_m=mean_size(test.parameters_m, shares),
        speed_up=speed_up(outcomes.latency_s, chosen, strongest=strongest),
        shares=tuple(float(share) for share in shares),
    )


def saving(cost_usd: float, against_usd: float | None) -> float | None:
    """The part that is saved; None where there is nothing to save of, or it is not known."""
    return 1 - cost_usd / against_usd if against_usd else None


def mean_size(parameters_m: Floats, shares: Floats) -> float | None:
    """Millions of weights per call; None where a model that was called has no known size."""
    called = shares > 0
    size = float((parameters_m[called] * shares[called]).sum())
    return None if np.isnan(size) else size


def speed_up(latency_s: Floats | None, chosen: Rows, *, strongest: int) -> float | None:
    """How many times faster than the strongest model alone; None where a latency that it takes is not known."""
    if latency_s is None:
        return None
    routed, alone = float(latency_s[np.arange(len(chosen)), chosen].mean()), float(latency_s[:, strongest].mean())
    return alone / routed if routed > 0 and not np.isnan(alone) else None
