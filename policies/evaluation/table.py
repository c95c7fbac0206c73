"""The table that routers are evaluated on: every model's outcome on every prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from policies.evaluation.outcomes import Floats, Outcomes, Rows
from policies.evaluation.prompts import Prompts


@dataclass(frozen=True, slots=True)
class OutcomeTable:
    """n prompts with the outcomes of m ≥ 2 models, none of whose qualities is missing.

    `outcomes.cost_usd` is known throughout, or nowhere. `parameters_m` are the models' sizes in millions of weights,
    (m,) with NaN for unknown.
    """

    prompts: Prompts
    outcomes: Outcomes
    parameters_m: Floats

    def __len__(self) -> int:
        return len(self.prompts)

    @property
    def models(self) -> tuple[str, ...]:
        return self.outcomes.models

    @property
    def has_costs(self) -> bool:
        return not bool(np.isnan(self.outcomes.cost_usd).any())

    @property
    def strongest(self) -> int:
        """The column of the highest mean quality; of equal ones the first."""
        return int(self.outcomes.quality.mean(axis=0).argmax())

    def at(self, rows: Sequence[int] | Rows) -> OutcomeTable:
        """The table of some rows, in their order."""
        return OutcomeTable(self.prompts.at([int(row) for row in rows]), self.outcomes.at(rows), self.parameters_m)


def in_strong_calls(table: OutcomeTable) -> OutcomeTable:
    """A table of two models counted in calls of the stronger one, which cost 1 while the other's are free.

    What is left to measure where nobody knows what a call costs. Raises ValueError for any other number of models.
    """
    if len(table.models) != 2:
        raise ValueError("calls of the stronger model stand in for costs between two models only")
    outcomes = table.outcomes
    unit = np.zeros_like(outcomes.quality)
    unit[:, table.strongest] = 1.0
    counted = Outcomes(outcomes.models, outcomes.quality, unit, outcomes.output_tokens, outcomes.latency_s)
    return OutcomeTable(table.prompts, counted, table.parameters_m)
