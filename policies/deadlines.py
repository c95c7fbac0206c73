"""Whether a batch fits the models' limits of requests before a deadline, and at which prices of their calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from policies.allocation.capacities import capacity_of
from policies.allocation.outlay import Weighed, stack
from policies.allocation.scarcity import find_scarcity, least_deadline_s
from policies.run_time import requests_per_minute
from policies.types import Catalogue


@dataclass(frozen=True, slots=True)
class DeadlineFit:
    """How a batch fits a deadline: `scarcity` is what a call of a model counts in quality, by its name, where its limit
    binds; `least_s` are the seconds that the batch takes at least, whichever models serve it."""

    deadline_s: float
    least_s: float
    scarcity: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_possible(self) -> bool:
        """Whether every call finds room."""
        return self.least_s <= self.deadline_s


def fit_deadline(
    steps: Mapping[str, Weighed], catalogue: Catalogue, *, deadline_s: float, budget_usd: float | None
) -> DeadlineFit:
    """Fit the calls of all steps together: each may begin as long as its model's limit of a minute allows.

    Only limits of requests count; calls last no time, and the second models of cascades are not counted.
    """
    rpm = [requests_per_minute(model) for model in catalogue.models]
    if not steps or all(limit is None for limit in rpm):
        return DeadlineFit(deadline_s, 0.0)
    menu = stack([step.menu for step in steps.values()])
    dither = np.concatenate([step.dither for step in steps.values()])
    served = np.isfinite(menu.of_models)
    limits = np.array([np.inf if limit is None else limit for limit in rpm], dtype=np.float64)
    least_s = least_deadline_s(served[served.any(axis=1)], limits)
    if least_s > deadline_s:
        return DeadlineFit(deadline_s, least_s)
    room = np.array([np.inf if limit is None else capacity_of(limit, deadline_s=deadline_s) for limit in rpm])
    prices = find_scarcity(menu, dither, room, budget_usd=budget_usd)
    named = zip(catalogue.models, prices.tolist(), strict=True)
    return DeadlineFit(deadline_s, least_s, {model.name: price for model, price in named if price})
