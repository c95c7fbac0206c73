"""What each request could be served by: the value and the cost of every model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from policies.allocation.arrays import Flags, Floats


@dataclass(frozen=True, slots=True)
class Menu:
    """`value` and `cost_usd` are (requests, models): the quality less the price of its latency, and the expected cost.

    The last `n_cascades` columns are no models: they hold each request's own cascades, in no order that means anything.
    `value` is -inf where a model may not serve. `cost_usd` is +inf there, and where a price is unknown.
    """

    value: Floats
    cost_usd: Floats
    n_cascades: int = 0

    @property
    def n_requests(self) -> int:
        """How many requests there are."""
        return int(self.value.shape[0])

    @property
    def n_models(self) -> int:
        """How many models there are."""
        return int(self.value.shape[1])

    @property
    def is_served(self) -> Flags:
        """(requests,): whether any model may serve."""
        return np.asarray(np.isfinite(self.value).any(axis=1))

    @property
    def is_priced(self) -> Flags:
        """(requests,): whether any model of known price may serve."""
        return np.asarray(np.isfinite(self.cost_usd).any(axis=1))

    @property
    def of_models(self) -> Floats:
        """(requests, models): the values without the cascades'."""
        return self.value[:, : self.value.shape[1] - self.n_cascades]

    def with_cascades(self, n: int) -> Menu:
        """The menu with as many columns of cascades, n at least; those that it lacks may not serve."""
        missing = ((0, 0), (0, n - self.n_cascades))
        value = np.pad(self.value, missing, constant_values=-np.inf)
        return Menu(value, np.pad(self.cost_usd, missing, constant_values=np.inf), n)

    def priced(self) -> Menu:
        """The menu without the models of unknown price, which can't be held to an amount of money."""
        return Menu(np.where(np.isfinite(self.cost_usd), self.value, -np.inf), self.cost_usd, self.n_cascades)


def menu_of(
    quality: Floats,
    cost_usd: Floats,
    *,
    eligible: Flags | None = None,
    latency_s: Floats | None = None,
    latency_price: float = 0.0,
) -> Menu:
    """The menu of predictions, (requests, models) each; a cost that is NaN or infinite is unknown.

    `latency_price` is μ, the quality that a second is worth; `latency_s` may have one row for all requests. Raises
    `ValueError` where an eligible model's quality is no number or its cost negative.
    """
    value = np.array(quality, dtype=np.float64)
    cost = np.array(cost_usd, dtype=np.float64)
    if latency_s is not None and latency_price:
        value -= latency_price * np.asarray(latency_s)
    may = np.ones(value.shape, dtype=bool) if eligible is None else np.asarray(eligible, dtype=bool)
    if not (value.shape == cost.shape == may.shape and value.ndim == 2):
        raise ValueError(f"qualities {value.shape}, costs {cost.shape} and eligibility {may.shape} differ in shape")
    if not np.isfinite(value[may]).all():
        raise ValueError("the quality or latency of an eligible model is not a number")
    if (cost[may] < 0).any():
        raise ValueError("the cost of an eligible model is negative")
    np.copyto(value, -np.inf, where=~may)
    np.copyto(cost, np.inf, where=~may | ~np.isfinite(cost))
    return Menu(value, cost)
