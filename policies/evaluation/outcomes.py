"""What is known of models' answers to prompts, as matrices; what nobody knows is NaN."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Rows: TypeAlias = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Outcomes of n prompts on m models: row i is prompt i, column j is `models[j]`. Nobody may write into the arrays.

    `quality` in [0, 1] and `cost_usd` ≥ 0, both (n, m). A NaN in `quality` means that the outcome was not revealed, as
    of all models but the chosen one in a log; a model may have none at all. The cost may be unknown by itself.
    `output_tokens` and `latency_s`, (n, m) with NaN for unknown, are None where the data has none.
    """

    models: tuple[str, ...]
    quality: Floats
    cost_usd: Floats
    output_tokens: Floats | None = None
    latency_s: Floats | None = None

    def __post_init__(self) -> None:
        shape = (len(self.quality), len(self.models))
        arrays = (self.quality, self.cost_usd, self.output_tokens, self.latency_s)
        if any(array is not None and array.shape != shape for array in arrays):
            raise ValueError(f"each matrix has the shape {shape}: prompts × models")

    def __len__(self) -> int:
        return len(self.quality)

    @property
    def is_known(self) -> npt.NDArray[np.bool_]:
        """Which outcomes were revealed, (n, m)."""
        return ~np.isnan(self.quality)

    def at(self, rows: Sequence[int] | Rows) -> Outcomes:
        """The outcomes of some rows, in their order."""
        return self._each(lambda array: array[rows])

    def revealed(self, chosen: Rows) -> Outcomes:
        """Only what a log would hold: row i's outcome on model `chosen[i]`; the rest is NaN."""
        is_chosen = np.arange(len(self.models)) == chosen[:, None]
        return self._each(lambda array: np.where(is_chosen, array, np.nan))

    def _each(self, change: Callable[[Floats], Floats]) -> Outcomes:
        tokens = None if self.output_tokens is None else change(self.output_tokens)
        latency = None if self.latency_s is None else change(self.latency_s)
        return Outcomes(self.models, change(self.quality), change(self.cost_usd), tokens, latency)
