"""The cascades of one request's models: those that some λ could choose, and why the others refuse themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from policies.allocation.arrays import Floats
from policies.cascade.evidence import LEVELS, CheckLevels, rates_at
from policies.cascade.expected import Check, pair_up
from policies.cascade.terms import CascadeTerms
from policies.cascade.theory import hull_of

DEFAULT_THRESHOLD = 0.5  # where no score has been logged yet
LEAST_LIFT = 1e-9  # above the mixtures of single models, so that rounding makes none


@dataclass(frozen=True, slots=True)
class Models:
    """The models of a request, (m,) each: quality and its standard error, cautious value q̲ - μl - ν, cost in USD,
    seconds, and what a call counts where calls are scarce (ν)."""

    names: tuple[str, ...]
    quality: Floats
    quality_se: Floats
    value: Floats
    cost_usd: Floats
    latency_s: Floats
    scarcity: Floats


@dataclass(frozen=True, slots=True)
class Offer:
    """A cascade of two models by their places: asked first, asked next; `value` is its q̲ - μl, `lift` how far that is
    above what mixtures of single models are worth at its cost."""

    first: int
    second: int
    threshold: float
    pass_rate: float
    quality: float
    value: float
    cost_usd: float
    latency_s: float
    lift: float


@dataclass(frozen=True, slots=True)
class Offers:
    """`offered` are the cascades above the hull of single models, the cheapest first; `nearest` is the best of those
    that refuse themselves, with the reason, where none is offered."""

    offered: tuple[Offer, ...]
    nearest: Offer | None
    reason: str
    learned_from: int


def offer_cascades(
    models: Models, levels: Sequence[CheckLevels], terms: CascadeTerms, *, caution: float, latency_price: float
) -> Offers:
    """Weigh every cascade from a cheaper model to a dearer one, at every threshold, against mixtures of single models.

    `levels` are those of the check on the request's task type. Kept are the corners of the hull of models and cascades:
    the argmax of value - λ·cost is one of them, whatever λ is; so λ chooses the threshold, too.
    """
    is_quality = terms.is_only_check and not any(not one.is_quality for one in levels)
    used = [one for one in levels if one.is_quality == is_quality]
    n_logged = sum(sum(one.n) for one in used)
    if len(models.names) < 2:
        return Offers((), None, "no second model may serve", n_logged)
    if not is_quality and not n_logged:
        return Offers((), None, f"nothing is logged yet of how {terms.check} takes right and wrong answers", 0)
    found = weigh(models, used, terms, is_quality=is_quality, caution=caution, latency_price=latency_price)
    if not found:
        return Offers((), None, "no dearer model of known price could be asked next", n_logged)
    best = max(found, key=lambda one: one.lift)
    if best.lift <= LEAST_LIFT:
        return Offers((), best, tell_refusal(best, models), n_logged)
    return Offers(corners(found, models), None, "", n_logged)


def weigh(
    models: Models,
    levels: Sequence[CheckLevels],
    terms: CascadeTerms,
    *,
    is_quality: bool,
    caution: float,
    latency_price: float,
) -> list[Offer]:
    """Every cascade from a cheaper model to a dearer one, at each threshold."""
    thresholds = thresholds_of(levels, terms)
    rates = checks_at(tuple(levels), models.names, thresholds, is_quality)
    check = replace(rates, cost_usd=terms.samples * models.cost_usd) if terms.samples else rates
    expected = pair_up(models.quality, models.cost_usd, check, quality_se=models.quality_se)
    # Further answers are asked for at once, when the first is there.
    first_latency = models.latency_s * (2 if terms.samples else 1)
    latency = first_latency[:, None] + expected.escalation_rate * models.latency_s
    scarcity = (1 + terms.samples) * models.scarcity[:, None] + expected.escalation_rate * models.scarcity
    value = expected.quality - caution * expected.quality_se - latency_price * latency - scarcity
    lift = value - hull_of(models.value, models.cost_usd).quality_at(expected.cost_usd)
    is_dearer = (models.cost_usd[:, None] < models.cost_usd) & np.isfinite(models.cost_usd)
    return [
        Offer(
            int(a),
            int(b),
            thresholds[t],
            float(1 - expected.escalation_rate[t, a, b]),
            float(expected.quality[t, a, b]),
            float(value[t, a, b]),
            float(expected.cost_usd[t, a, b]),
            float(latency[t, a, b]),
            float(lift[t, a, b]),
        )
        for t, a, b in np.argwhere(np.broadcast_to(is_dearer, lift.shape))
    ]


def thresholds_of(levels: Sequence[CheckLevels], terms: CascadeTerms) -> tuple[float, ...]:
    """The one that the step names, or every score above 0 that was logged."""
    if terms.threshold is not None:
        return (terms.threshold,)
    seen = {level for one in levels for level, n in enumerate(one.n) if n and level}
    return tuple(level / LEVELS for level in sorted(seen)) or (DEFAULT_THRESHOLD,)


@lru_cache(maxsize=512)
def checks_at(
    levels: tuple[CheckLevels, ...], models: tuple[str, ...], thresholds: tuple[float, ...], is_quality: bool
) -> Check:
    """The check's rates, (thresholds, models)."""
    found = [rates_at(levels, models, threshold=threshold, is_quality=is_quality) for threshold in thresholds]
    return Check(
        np.array([one.pass_right for one in found]),
        np.array([one.pass_wrong for one in found]),
        np.array([one.right_se for one in found]),
        np.array([one.wrong_se for one in found]),
    )


def corners(found: Sequence[Offer], models: Models) -> tuple[Offer, ...]:
    """The cascades that are corners of the hull of models and cascades together."""
    above = [one for one in found if one.lift > LEAST_LIFT]
    value = np.array([*models.value, *(one.value for one in above)])
    cost = np.array([*models.cost_usd, *(one.cost_usd for one in above)])
    edge = hull_of(value, cost)
    points = set(zip(edge.cost_usd.tolist(), edge.quality.tolist(), strict=True))
    kept = {(one.cost_usd, one.value): one for one in reversed(above) if (one.cost_usd, one.value) in points}
    return tuple(kept[place] for place in sorted(kept))


def tell_refusal(best: Offer, models: Models) -> str:
    """Why even the best cascade is refused."""
    name = f"{models.names[best.first]} then {models.names[best.second]}"
    if not np.isfinite(best.lift):
        return f"{name} can't be weighed: the price of a model is unknown"
    return (
        f"{name} is expected to be worth {best.value:.3f} for {best.cost_usd:.3g} USD, "
        f"and single models or a mixture of them {best.value - best.lift:.3f} for as much"
    )
