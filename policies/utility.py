"""How useful each model is to one request: its quality less the price of its cost, its time and its scarce calls."""

from __future__ import annotations

from dataclasses import dataclass

from policies.options import Options


@dataclass(frozen=True, slots=True)
class Utility:
    """q̲ - λc - μl - ν of the models that `options` list, by their numbers.

    Where `is_live`, what the latest calls on a model showed counts: a chance f to fail takes its part of the quality,
    (1 - f)(q̲ + shift), and seconds and cost are so many times what was predicted. ν is what a call of the model counts
    by `state.scarcity`, times the request's own factor `scarcity`. All but the dearest model are asked
    `overhead` times more on average, to learn what a check is worth.
    """

    options: Options
    lambda_: float
    latency_price: float
    is_live: bool = True
    scarcity: float = 1.0
    overhead: float = 0.0

    def of(self, number: int) -> float:
        """The utility; at λ = 0 whatever the cost is, which may be infinite."""
        worth = self.worth(number)
        return worth - self.lambda_ * self.cost(number) if self.lambda_ else worth

    def worth(self, number: int) -> float:
        """q̲ - μl - ν."""
        outlook = self.options.outlook
        quality, latency_s = outlook.cautious_qualities[number], outlook.latencies_s[number]
        strain = self.options.strain(number) if self.is_live and self.options.state.pulses else None
        if strain is not None:
            quality = (1 - strain.failure_rate) * (quality + strain.quality_shift)
            latency_s *= strain.latency_factor
        worth = quality - self.latency_price * latency_s if self.latency_price else quality
        return worth - self.scarcity_of(number) if self.options.state.scarcity else worth

    def scarcity_of(self, number: int) -> float:
        """ν."""
        return self.scarcity * self.options.state.scarcity.get(self.options.name(number), 0.0)

    def cost(self, number: int) -> float:
        """The expected cost in USD; infinite where it is unknown."""
        strain = self.options.strain(number) if self.is_live and self.options.state.pulses else None
        cost = self.options.cost(number)
        if self.overhead and cost < self.options.dearest_usd:
            cost *= 1 + self.overhead
        return cost if strain is None else cost * strain.cost_factor

    def key(self, number: int) -> tuple[float, ...]:
        """What orders models, the smallest first: utility, then preferred skills, then cost."""
        worth, cost = self.worth(number), self.cost(number)
        utility = worth - self.lambda_ * cost if self.lambda_ else worth
        return (-utility, -self.options.outlook.n_preferred[number], cost)

    def order(self, numbers: tuple[int, ...]) -> tuple[int, ...]:
        """Some models, the most useful first; ties in the catalogue's order."""
        outlook = self.options.outlook
        state, is_free = self.options.state, not self.lambda_ and not self.latency_price
        if is_free and not (outlook.has_ties or state.scarcity or (self.is_live and state.pulses)):
            return tuple(sorted(numbers, key=outlook.merits.__getitem__))  # the cost decides nothing
        return tuple(sorted(numbers, key=self.key))

    def first(self, numbers: tuple[int, ...]) -> int:
        """The most useful of some models."""
        return self.order(numbers)[0]
