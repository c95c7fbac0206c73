"""What a router has to offer to be evaluated: it learns from outcomes, and predicts those of other prompts.

It does not choose. The harness takes each prompt's argmax of q - λc from the predictions, and sweeps λ, so that all
routers are compared by the same rule and differ by what they know alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from policies.evaluation.outcomes import Floats, Outcomes, Rows
from policies.evaluation.prompts import Prompts


@dataclass(frozen=True, slots=True)
class Predictions:
    """Of n prompts on m models, in the order of the `Outcomes.models` that the router was fitted on; all finite.

    `quality` and its standard error `quality_se` (None: the router knows no doubt), `cost_usd` per call: each (n, m).
    `quality` ought to lie in [0, 1], so that its calibration can be judged; only its order matters to the choice.
    """

    quality: Floats
    cost_usd: Floats
    quality_se: Floats | None = None

    def at(self, rows: Rows) -> Predictions:
        """The predictions of some rows, in their order."""
        errors = None if self.quality_se is None else self.quality_se[rows]
        return Predictions(self.quality[rows], self.cost_usd[rows], errors)


class FittedRouter(Protocol):
    """What a router has learned; the same prompts get the same predictions, whatever was asked before."""

    def predict(self, prompts: Prompts) -> Predictions: ...


class Router(Protocol):
    """A way to learn; holds its settings, and nothing that it learned.

    `fit` gets any number of prompts, 0 among them, of which any outcomes may be missing: then it falls back to what it
    believes without data, for every model. It alters nothing that it is given, and is the same for the same arguments:
    chance comes from `seed` alone.
    """

    @property
    def name(self) -> str: ...

    def fit(self, prompts: Prompts, outcomes: Outcomes, *, seed: int) -> FittedRouter: ...
