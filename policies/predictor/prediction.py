"""What the predictor says of n requests on m models, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from policies.predictor.observations import Flags, Floats

TERMS = ("mean", "head over all task types", "head of the task type", "similar calls", "texts of other task types")


@dataclass(frozen=True, slots=True)
class Prediction:
    """Matrices are (n, m) in the order of `models`.

    `quality` in [0, 1], `quality_se` its standard error. `cost_usd`, `output_tokens` and `latency_s` hold NaN for
    models of which none was ever known, and are None where the data had none at all. `task_calls` are effective
    scored calls of the task type, `similar_calls` those among the nearest neighbours. `terms` (5, n, m) add up to the
    quality before calibration, in the order of `TERMS`. `declined` (n,): means alone, since support is thin.
    """

    models: tuple[str, ...]
    quality: Floats
    quality_se: Floats
    cost_usd: Floats | None
    output_tokens: Floats | None
    latency_s: Floats | None
    task_calls: Floats
    similar_calls: Floats
    similarity: Floats
    terms: Floats
    declined: Flags

    def dominant(self, row: int, column: int) -> str:
        """Which term moved the quality most from the mean; "mean" where none did."""
        moved = np.abs(self.terms[1:, row, column])
        return TERMS[1 + int(moved.argmax())] if moved.max() > 0 else TERMS[0]
