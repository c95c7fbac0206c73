"""The prices of several limits at once: of a use (money), and of each model's capacity.

The Lagrangian dual Σ_i max_j (g_ij - π u_ij - ν_j) + π b + ν·K is convex and piecewise linear. Its maximum is smoothed
by a log-sum-exp of temperature τ (Nesterov, "Smooth minimization of non-smooth functions", Mathematical Programming
103, 2005) and minimised over prices ≥ 0 by projected Newton steps while τ falls. The smoothed choice, a probability per
option, meets the limits in the mean, which splits requests that are all alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from policies.allocation.arrays import Floats, Integers

HOTTEST, COOLING = 0.3, 0.35
SAMPLE = 50_000  # requests that the first, hotter stages look at
MOST_STEPS = 12
RIDGE = 1e-12


@dataclass(frozen=True, slots=True)
class Limits:
    """(requests, options) gains, -inf where there is none, and uses; the limit of the use, and each option's capacity.

    All requests have an option. `limit` is infinite where the use has none; a capacity may be as large as one likes.
    """

    gain: Floats
    use: Floats
    limit: float
    capacity: Floats

    def sampled(self, stride: int) -> Limits:
        """Every so many-th request, with limits as much smaller."""
        share = len(self.gain[::stride]) / len(self.gain)
        return Limits(self.gain[::stride], self.use[::stride], self.limit * share, self.capacity * share)


@dataclass(frozen=True, slots=True)
class Dual:
    """`prices` are one per option and last that of the use, ≥ 0; `share` is (requests, options), rows adding up to 1.

    That is the smoothed choice, which meets the limits in the mean.
    """

    prices: Floats
    share: Floats

    def bound(self, limits: Limits) -> float:
        """What no choice within the limits can gain more than."""
        ends = np.append(limits.capacity, limits.limit)
        priced = self.prices > 0
        return float(self.prices[priced] @ ends[priced] + reduced_gain(limits, self.prices).max(axis=1).sum())


def find_prices(limits: Limits) -> Dual:
    """The prices at which the smoothed choices keep all limits."""
    units = Units.of(limits)
    scaled = units.scale(limits)
    n_requests = len(limits.gain)
    stride = max(1, n_requests // SAMPLE)
    first, last = scaled.sampled(stride), scaled
    prices = np.zeros(limits.gain.shape[1] + 1)
    temperature, coldest = HOTTEST, 0.1 / n_requests
    while temperature > coldest:
        stage = first if temperature > 0.3 / len(first.gain) else last
        prices = minimise(stage, prices, temperature=temperature)
        temperature = max(temperature * COOLING, coldest)
    prices = minimise(last, prices, temperature=coldest)
    return Dual(units.unscale(prices), smooth(last, prices, coldest)[1])


@dataclass(frozen=True, slots=True)
class Units:
    """What a gain and a use are measured in, so that prices are of the order of 1."""

    gain: float
    use: float

    @classmethod
    def of(cls, limits: Limits) -> Units:
        """The mean range of each over the options of a request."""
        spreads = []
        for amounts in (limits.gain, limits.use):
            known = np.isfinite(limits.gain)
            high, low = (np.where(known, amounts, fill) for fill in (-np.inf, np.inf))
            spreads.append(float(np.mean(high.max(axis=1) - low.min(axis=1))) or 1.0)
        return cls(*spreads)

    def scale(self, limits: Limits) -> Limits:
        """The limits in these units; uses of what is no option are 0."""
        use = np.where(np.isfinite(limits.gain), limits.use, 0.0) / self.use
        return Limits(limits.gain / self.gain, use, limits.limit / self.use, limits.capacity)

    def unscale(self, prices: Floats) -> Floats:
        """Prices in gain per request, and the last in gain per use."""
        return np.append(prices[:-1] * self.gain, prices[-1] * self.gain / self.use)


def minimise(limits: Limits, prices: Floats, *, temperature: float) -> Floats:
    """Projected Newton steps with a line search, from `prices`, to the minimum of the smoothed dual."""
    is_limit = np.append(limits.capacity < len(limits.gain), np.isfinite(limits.limit))
    value, share = smooth(limits, prices, temperature)
    for _ in range(MOST_STEPS):
        slope, curvature = derivatives(limits, share, temperature)
        free = is_limit & ((prices > 0) | (slope < 0))
        if not free.any() or np.abs(slope[free]).max() <= max(0.05, 1e-6 * len(share)):  # in requests
            break
        step = np.zeros_like(prices)
        step[free] = newton_step(slope[free], curvature[np.ix_(free, free)])
        found = search_line(limits, prices, step, value=value, slope=slope, temperature=temperature)
        if found is None:
            break
        prices, value, share = found
    return prices


def newton_step(slope: Floats, curvature: Floats) -> Floats:
    """The step to the minimum of the quadratic model, of a length that can't run away."""
    ridge = RIDGE + 1e-9 * np.trace(curvature) / len(slope)
    step: Floats = np.linalg.lstsq(curvature + ridge * np.eye(len(slope)), -slope, rcond=None)[0]
    longest = np.abs(step).max()
    return step * min(1.0, 4.0 / longest) if longest else step


def search_line(
    limits: Limits, prices: Floats, step: Floats, *, value: float, slope: Floats, temperature: float
) -> tuple[Floats, float, Floats] | None:
    """The first of the halved steps that lowers the dual enough, with its value and shares; None where none does."""
    for _ in range(20):
        tried = np.maximum(prices + step, 0.0)
        lower, share = smooth(limits, tried, temperature)
        if lower <= value + 1e-4 * float(slope @ (tried - prices)):
            return (tried, lower, share) if lower < value else None
        step = step / 2
    return None


def smooth(limits: Limits, prices: Floats, temperature: float) -> tuple[float, Floats]:
    """The smoothed dual and the shares of the options."""
    reduced = reduced_gain(limits, prices)
    best = reduced.max(axis=1, keepdims=True)
    reduced -= best
    reduced /= temperature
    share = np.exp(reduced, out=reduced)
    total = share.sum(axis=1, keepdims=True)
    share /= total
    ends = np.append(limits.capacity, limits.limit)
    priced = prices > 0
    value = prices[priced] @ ends[priced] + best.sum() + temperature * np.log(total).sum()
    return float(value), share


def reduced_gain(limits: Limits, prices: Floats) -> Floats:
    """The gains less what the options cost at the prices."""
    if not prices[-1]:
        return limits.gain - prices[:-1]
    reduced: Floats = limits.use * -prices[-1]
    reduced += limits.gain
    reduced -= prices[:-1]
    return reduced


def derivatives(limits: Limits, share: Floats, temperature: float) -> tuple[Floats, Floats]:
    """The gradient and the Hessian of the smoothed dual: limits less what is used, and covariances."""
    loads = share.sum(axis=0)
    used = share * limits.use
    mean = used.sum(axis=1)
    slope = np.append(limits.capacity - loads, limits.limit - mean.sum() if np.isfinite(limits.limit) else 0.0)
    size = len(slope)
    curvature = np.zeros((size, size))
    curvature[:-1, :-1] = np.diag(loads) - share.T @ share
    curvature[:-1, -1] = curvature[-1, :-1] = used.sum(axis=0) - share.T @ mean
    curvature[-1, -1] = (used * limits.use).sum() - mean @ mean
    return slope, curvature / temperature


def spread_out(share: Floats) -> Integers:
    """One option per request, so that each option is taken about as often as its shares add up to.

    Requests between options are drawn along a sequence of low discrepancy, so that nothing is left to chance.
    """
    choice: Integers = share.argmax(axis=1)
    between = np.flatnonzero(share[np.arange(len(share)), choice] < 1 - 1e-6)
    points = (np.arange(len(between)) * 0.6180339887498949 + 0.5) % 1.0
    reached = np.cumsum(share[between], axis=1)
    drawn = (reached < points[:, None] * reached[:, -1:]).sum(axis=1)
    choice[between] = np.where(share[between, np.minimum(drawn, share.shape[1] - 1)] > 0, drawn, choice[between])
    return choice
