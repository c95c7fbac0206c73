"""Where on its frontier a router would be run: the largest λ that keeps to a floor of quality on prompts held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from policies.evaluation.choices import choose
from policies.evaluation.frontier import sweep
from policies.evaluation.outcomes import Rows
from policies.evaluation.router import Predictions, Router
from policies.evaluation.splits import fold
from policies.evaluation.table import OutcomeTable

N_FOLDS = 3


@dataclass(frozen=True, slots=True)
class Floor:
    """The least quality that is asked for: `ratio` × the best single model's, less `margin`."""

    name: str
    ratio: float = 1.0
    margin: float = 0.0

    def quality(self, best: float) -> float:
        """The floor where the best single model has a mean quality of `best`."""
        return self.ratio * best - self.margin


FLOORS = (
    Floor("95 % of the strongest", ratio=0.95),
    Floor("the strongest less 1 point", margin=0.01),
    Floor("equal to the strongest"),
)


def predict_out_of_fold(router: Router, table: OutcomeTable, *, seed: int, n_folds: int = N_FOLDS) -> Predictions:
    """Predictions of every prompt by the router fitted on the folds that the prompt is not in."""
    shape = table.outcomes.quality.shape
    quality, cost = np.empty(shape), np.empty(shape)
    for split in fold(table.prompts.query_ids, n_folds, seed=seed):
        part = table.at(split.train)
        predictions = router.fit(part.prompts, part.outcomes, seed=seed).predict(table.at(split.test).prompts)
        quality[split.test], cost[split.test] = predictions.quality, predictions.cost_usd
    return Predictions(quality, cost)


def tune(held_out: Predictions, train: OutcomeTable, floors: Sequence[Floor]) -> tuple[float | None, ...]:
    """For each floor the largest λ up to which `train` kept to it, by predictions of prompts held out.

    Not the cheapest λ that reached it: of many that fall short, one reaches it by luck. None where λ = 0 falls short
    already, or where the strongest model by itself costs less: then that model serves all.
    """
    points = sweep(held_out, train.outcomes)
    alone = train.outcomes.quality.mean(axis=0)[train.strongest]
    alone_usd = train.outcomes.cost_usd.mean(axis=0)[train.strongest]
    found: list[float | None] = []
    for floor in floors:
        least = floor.quality(alone)
        n_kept = next((number for number, point in enumerate(points) if point.quality < least), len(points))
        is_worth_it = n_kept > 0 and points[n_kept - 1].cost_usd < alone_usd
        found.append(points[n_kept - 1].multiplier if is_worth_it else None)
    return tuple(found)


def choose_at(predictions: Predictions, multiplier: float | None, *, strongest: int) -> Rows:
    """The choices at a λ; at None, the strongest model for all."""
    if multiplier is None:
        return np.full(len(predictions.quality), strongest)
    return choose(predictions, multiplier)
