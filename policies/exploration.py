"""Which model to try instead of the most useful one, and how often: where what is not known is worth most."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from policies.draws import draw_uniform

# Of what is explored, the share that goes to all models alike: no propensity is so small that one call outweighs all.
UNIFORM_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Prospect:
    """One model's utility as it is expected, with the standard error of that."""

    number: int
    utility: float
    utility_se: float


def spread(first: int, prospects: Sequence[Prospect], *, epsilon: float) -> Mapping[int, float]:
    """The probability of each model: `first` has 1 - ε, and the others share ε.

    Most of it goes to them in proportion to the expected improvement that each promises over the first, a part of it to
    all alike. Where there are no others, or their utility is not known, nothing is explored. The probabilities add up
    to 1.
    """
    others = [one for one in prospects if one.number != first and math.isfinite(one.utility)]
    if not others or epsilon <= 0:
        return {first: 1.0}
    best = next(one for one in prospects if one.number == first)
    shares = weigh(others, best.utility)
    return {first: 1 - epsilon} | {number: epsilon * share for number, share in shares.items()}


def probe(chances: Mapping[int, float], first: int, suspect: int, *, share: float) -> Mapping[int, float]:
    """The probabilities where a share of the first's goes to a model that would be first but for its latest calls."""
    if suspect == first:
        return chances
    moved = share * chances[first]
    return {**chances, first: chances[first] - moved, suspect: chances.get(suspect, 0.0) + moved}


def weigh(others: Sequence[Prospect], best: float) -> Mapping[int, float]:
    """How what is explored is shared out; the shares add up to 1."""
    gains = [expected_improvement(one.utility - best, one.utility_se) for one in others]
    total = math.fsum(gains)
    if total <= 0:
        return {one.number: 1 / len(others) for one in others}
    return {
        one.number: UNIFORM_SHARE / len(others) + (1 - UNIFORM_SHARE) * gain / total
        for one, gain in zip(others, gains, strict=True)
    }


def expected_improvement(lead: float, se: float) -> float:
    """The expectation of max(0, X) for X normal with mean `lead` and standard deviation `se`.

    Jones, Schonlau and Welch, "Efficient global optimization of expensive black-box functions", Journal of Global
    Optimization 13, 1998, equation 15.
    """
    if se <= 0:
        return max(0.0, lead)
    z = lead / se
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return max(0.0, lead * math.erfc(-z / math.sqrt(2)) / 2 + se * density)


def draw_model(chances: Mapping[int, float], *, seed: int, call_id: str) -> int:
    """The model of a call: the one in whose part of [0, 1) its draw falls."""
    draw, passed = draw_uniform(seed, call_id, purpose="explore"), 0.0
    for number, chance in chances.items():
        passed += chance
        if draw < passed:
            return number
    return next(reversed(list(chances)))  # the sum may fall short of 1 by rounding
