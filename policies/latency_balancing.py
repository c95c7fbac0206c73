"""Lowest latency: the quicker of two deployments taken at random, by what their answers took lately."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

from policies.balancing import Balancer, Ended, LeastConnections, Load, WeightedRoundRobin
from policies.draws import draw_uniform
from policies.types import Balancing

ALPHA = 0.3  # of the latest answer in the mean: five or six answers are what it remembers
MIN_SUCCESS = 0.01  # so that the cost of one that always fails stays a number
PATIENCE = 10.0  # for how many times its cost an idle deployment is believed to be as slow as it was


@dataclass(frozen=True, slots=True)
class Pace:
    """What is known of one deployment: moving averages of its answers' seconds and of its success, and since when."""

    latency_s: float | None = None
    success: float = 1.0
    seen_s: float = 0.0

    def after(self, how: Ended, *, latency_s: float, now_s: float) -> Pace:
        """With one more answer; one that failed never makes it look quicker, however soon it came."""
        known_s = self.latency_s
        if how == "failed":
            slower_s = known_s if known_s is None else mean(known_s, max(known_s, latency_s))
            return Pace(slower_s, max(mean(self.success, 0.0), MIN_SUCCESS), now_s)
        return Pace(latency_s if known_s is None else mean(known_s, latency_s), mean(self.success, 1.0), now_s)


def mean(old: float, new: float) -> float:
    """The exponentially weighted moving average with one more value."""
    return old + ALPHA * (new - old)


class LowestLatency:
    """Power of two choices over (requests under way + 1) × seconds per success.

    Seconds per success are the moving average of the answers' seconds over that of their success. Of two deployments
    drawn at random the lower product is chosen, so that many choices at once do not all fall on one; a request waits
    where a deployment that is full would still serve it sooner. A deployment that is idle is believed to be slow for
    some multiple of its slowness, then tried again. One that has not answered yet counts as the quickest.
    Sources: Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", IEEE TPDS 2001; the product is that
    of Finagle's `p2c_peak_ewma`.
    """

    def __init__(self, *, seed: int = 0) -> None:
        self._seed = seed
        self._paces: dict[str, Pace] = {}

    def choose(self, loads: Sequence[Load], *, key: str, now_s: float) -> str | None:
        """The quicker of two with room; None where none has any, or a full one is quicker still."""
        products = self.products(loads, now_s=now_s)
        free = [load.name for load in loads if not load.is_full]
        if not free:
            return None
        best = min(self.draw_two(free, key=key), key=products.__getitem__)
        sooner = any(products[load.name] < products[best] for load in loads if load.is_full)
        return None if sooner else best

    def draw_two(self, names: Sequence[str], *, key: str) -> Sequence[str]:
        """Two different deployments, or the only one."""
        if len(names) == 1:
            return names
        first = int(draw_uniform(self._seed, key, purpose="first deployment") * len(names))
        others = [*names[:first], *names[first + 1 :]]
        return names[first], others[int(draw_uniform(self._seed, key, purpose="second deployment") * len(others))]

    def products(self, loads: Sequence[Load], *, now_s: float) -> dict[str, float]:
        """What each deployment is compared by."""
        costs = {load.name: self.cost_s(load, now_s=now_s) for load in loads}
        quickest = min((cost for cost in costs.values() if cost is not None), default=1.0)
        products = {}
        for load in loads:
            cost = costs[load.name]
            if cost is None:
                cost = quickest / self._paces.get(load.name, Pace()).success
            products[load.name] = cost * (load.in_flight + 1)
        return products

    def cost_s(self, load: Load, *, now_s: float) -> float | None:
        """Seconds per success, less for a deployment that has been idle; None where it never answered."""
        pace = self._paces.get(load.name)
        if pace is None or pace.latency_s is None:
            return None
        cost = max(pace.latency_s, 1e-6) / pace.success
        return cost if load.in_flight else cost * exp(-max(0.0, now_s - pace.seen_s) / (PATIENCE * cost))

    def took(self, name: str, loads: Sequence[Load]) -> None:
        """Nothing is learned before it ends."""

    def ended(self, name: str, *, how: Ended, latency_s: float, now_s: float) -> None:
        """Learn from an answer, or from a failure of the deployment's own."""
        self._paces[name] = self._paces.get(name, Pace()).after(how, latency_s=latency_s, now_s=now_s)

    def forget(self, name: str) -> None:
        """Know nothing of a deployment any more: it came back, and what it was like before says little."""
        self._paces.pop(name, None)


def balancer_of(balancing: Balancing) -> Balancer:
    """A new balancer of the kind that a model asks for."""
    match balancing:
        case "weighted_round_robin":
            return WeightedRoundRobin()
        case "least_connections":
            return LeastConnections()
        case "lowest_latency":
            return LowestLatency()
