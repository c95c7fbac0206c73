"""What the predictor learns from: logged calls, or prompts × models with missing entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Singles: TypeAlias = npt.NDArray[np.float32]
Rows: TypeAlias = npt.NDArray[np.intp]
Flags: TypeAlias = npt.NDArray[np.bool_]

LARGEST_INVERSE = 10.0  # of a propensity: one lucky exploration is not worth more calls than these


@dataclass(frozen=True, slots=True)
class Observations:
    """n prompts (or calls) on m models; NaN is unknown, and a log has one known entry a row.

    `quality` in [0, 1], `cost_usd`, `output_tokens`, `latency_s` ≥ 0: each (n, m), the last three None where there is
    nothing. `weight` (n,) > 0 is what time has left of a row, `propensity` (n,) in (0, 1] the probability with which a
    log's model was chosen, `embedding` (n, d) a unit vector of each text: all may be None. `prior_quality` is what the
    catalogue expects of a model. Raises ValueError where shapes differ or a number can't be.
    """

    texts: tuple[str, ...]
    task_types: tuple[str, ...]
    models: tuple[str, ...]
    quality: Floats
    cost_usd: Floats | None = None
    output_tokens: Floats | None = None
    latency_s: Floats | None = None
    weight: Floats | None = None
    propensity: Floats | None = None
    embedding: Singles | None = None
    prior_quality: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        shape = (len(self.texts), len(self.models))
        matrices = (self.quality, self.cost_usd, self.output_tokens, self.latency_s)
        if any(one is not None and one.shape != shape for one in matrices):
            raise ValueError(f"each matrix has the shape {shape}: prompts × models")
        rows = (self.task_types, self.weight, self.propensity, self.embedding)
        if any(one is not None and len(one) != len(self.texts) for one in rows):
            raise ValueError("each prompt has one task type, weight, propensity and vector")
        with np.errstate(invalid="ignore"):
            if (self.quality < 0).any() or (self.quality > 1).any():
                raise ValueError("quality lies in [0, 1]")
        for name, one in (("weight", self.weight), ("propensity", self.propensity)):
            if one is not None and not (one > 0).all():
                raise ValueError(f"each {name} is above 0")

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def row_weights(self) -> Floats:
        """What each row counts: its weight over its propensity (capped), with a mean of 1 over all rows."""
        weights = np.ones(len(self)) if self.weight is None else self.weight
        if self.propensity is not None:
            weights = weights * np.minimum(1 / self.propensity, LARGEST_INVERSE)
        return weights / weights.mean() if len(self) else weights

    @property
    def priors(self) -> Floats:
        """The prior quality of each model, 0.5 where the catalogue says nothing."""
        known = self.prior_quality or {}
        return np.array([known.get(name, 0.5) for name in self.models])
