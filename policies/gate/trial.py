"""Logged decisions with what two versions of the weights would have chosen: what the gate's estimates are made from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from policies.offpolicy.log import Bools, Codes, Floats, Log, seen_rates


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """n logged decisions between m models, a row each, and the choices of a candidate and of the version it is to
    replace.

    `chosen`, `propensity`, `is_possible` and `item` are as `offpolicy.log.Log` has them; `task` (n,) numbers the task
    types. `is_drawn` (n,) says where chance decided: elsewhere the log is no evidence. `quality` in [0, 1], `cost_usd`
    and `latency_s` (n,) are NaN where unknown; `price` (n,) is λ, the quality that a USD was worth to the decision.
    `candidate` and `other` (n, m) are the probabilities with which each version chooses.
    """

    chosen: Codes
    propensity: Floats
    is_possible: Bools
    item: Codes
    task: Codes
    is_drawn: Bools
    quality: Floats
    cost_usd: Floats
    latency_s: Floats
    price: Floats
    candidate: Floats
    other: Floats

    def __len__(self) -> int:
        return len(self.chosen)

    @property
    def moves(self) -> Floats:
        """How much of each decision the two make differently: the total variation distance, in [0, 1], (n,)."""
        distance: Floats = 0.5 * np.abs(self.candidate - self.other).sum(axis=1)
        return distance

    @property
    def worth(self) -> Floats:
        """Quality less the price of the money it took, q - λc, (n,): what a version gains at equal cost."""
        worth: Floats = np.where(self.price == 0, self.quality, self.quality - self.price * self.cost_usd)
        return worth

    def log_of(self, outcome: Floats) -> Log:
        """The log with one of the outcomes; how often it is known may differ by task type and model."""
        cells = self.task * self.is_possible.shape[1] + self.chosen
        rates = seen_rates(cells, ~np.isnan(outcome))
        return Log(self.chosen, self.propensity, self.is_possible, outcome, rates, self.item)

    def at(self, rows: Bools) -> Trial:
        """The trial of some rows."""
        return Trial(*(getattr(self, name)[rows] for name in self.__slots__))
