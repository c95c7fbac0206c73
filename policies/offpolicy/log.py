"""Logged decisions as arrays: what was chosen, with which probability, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Codes: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Log:
    """n decisions between m models, a row each. Nobody may write into the arrays.

    `chosen` (n,) is the model's number in [0, m), `propensity` (n,) in (0, 1] the probability of that choice.
    `is_possible` (n, m) says which models had any chance at all; where a decision was not drawn, that is the chosen one
    alone. `outcome` (n,) is quality, cost or seconds, NaN where nobody knows it, and `seen_rate` (n,) in (0, 1] the
    share of such calls of which it is known. Rows of one item have the same `item` (n,): they are not independent.

    Raises ValueError for shapes that do not fit, propensities and rates out of range, and a choice without a chance.
    """

    chosen: Codes
    propensity: Floats
    is_possible: Bools
    outcome: Floats
    seen_rate: Floats
    item: Codes

    def __post_init__(self) -> None:
        n = len(self.chosen)
        if any(
            len(column) != n for column in (self.propensity, self.is_possible, self.outcome, self.seen_rate, self.item)
        ):
            raise ValueError("each column has a row for each decision")
        if not all(((rate > 0) & (rate <= 1)).all() for rate in (self.propensity, self.seen_rate)):
            raise ValueError("propensities and rates lie in (0, 1]")
        if not self.is_possible[np.arange(n), self.chosen].all():
            raise ValueError("a model was chosen that had no chance")

    def __len__(self) -> int:
        return len(self.chosen)

    def at(self, rows: Bools | slice) -> Log:
        """The log of some rows."""
        return Log(*(getattr(self, name)[rows] for name in self.__slots__))

    @property
    def is_known(self) -> Bools:
        """Of which decisions the outcome is known, (n,)."""
        return ~np.isnan(self.outcome)


def seen_rates(cells: Codes, is_known: Bools) -> Floats:
    """For each row the share of its cell's outcomes that are known, (n,); 1 where none is, since such rows say nothing.

    `cells` (n,) numbers what the chance of being judged may depend on, such as task type and model: outcomes have to be
    missing at random within a cell (Rubin, Biometrika 63, 1976). Where a cell has none, nothing corrects for it.
    """
    n_cells = int(cells.max(initial=-1)) + 1
    counts = np.bincount(cells, minlength=n_cells)
    known = np.bincount(cells, weights=is_known, minlength=n_cells)
    rates = np.where(known > 0, known / np.maximum(counts, 1), 1.0)
    rate_of: Floats = rates[cells]
    return rate_of
