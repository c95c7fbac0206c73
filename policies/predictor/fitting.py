"""Fit the predictor: means, then what texts add to them, then how far that is believed on held-out rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from policies.predictor.calibration import fit_calibration
from policies.predictor.features import fit_features
from policies.predictor.heads import MIN_ROWS, fit_heads
from policies.predictor.lengthwise import LengthwiseMeans, fit_lengthwise
from policies.predictor.means import FittedMeans, fit_means
from policies.predictor.neighbours import fit_neighbours
from policies.predictor.observations import Floats, Observations, Rows
from policies.predictor.predictor import Predictor
from policies.predictor.ridge import blocks_of
from policies.predictor.stack import fit_stack
from policies.predictor.support import fit_support
from policies.predictor.unseen import fit_unseen

EXPECTED = (0.25, 0.25, 0.25, 0.5)  # weights in the stack, before any data: of other task types' texts most


def fit_predictor(observations: Observations) -> Predictor:
    """Learn from observations, 0 of them included: then each model is expected to be what its prior says.

    Deterministic. Held-out predictions are leave-one-out, in closed form, so that no row needs to be put aside.
    """
    weights = observations.row_weights
    quality, names = observations.quality, observations.task_types
    means = fit_means(quality, weights, task_types=names, priors=observations.priors)
    rows = means.rows_of(names)
    features = fit_features(observations.texts, embedding=observations.embedding)
    vectors = features.transform(observations.texts, embedding=observations.embedding)
    residuals = quality - means.at(rows)[0]
    groups = [np.flatnonzero(rows == row) for row in range(len(means.task_types))]
    known, d = ~np.isnan(quality), vectors.joint.shape[1]
    everywhere = blocks_of(vectors.joint, known, weights, groups=[np.arange(len(rows))], min_rows=MIN_ROWS)
    within = blocks_of(vectors.joint, known, weights, groups=groups, min_rows=MIN_ROWS)
    shared, shared_out = fit_heads(everywhere, residuals, weights, n_groups=1, n_features=d)
    own, own_out = fit_heads(within, residuals, weights, n_groups=len(groups), n_features=d)
    neighbours = fit_neighbours(vectors.place, residuals, tasks=rows)
    near = neighbours.look(vectors.place, but_rows=np.arange(len(rows))).values
    unseen, far = fit_unseen(vectors, everywhere, quality - means.overall, weights, tasks=rows)
    held_out_terms = [shared_out, own_out, near, means.doubt_at(rows) * far]
    stack = fit_stack(held_out_terms, residuals, weights, expected=EXPECTED)
    held_out = means_left_out(means, rows, quality, weights) + stacked(stack, held_out_terms)
    n_characters = np.array([len(text) for text in observations.texts], dtype=np.float64)

    def amounts(matrix: Floats | None) -> LengthwiseMeans | None:
        if matrix is None:
            return None
        return fit_lengthwise(matrix, weights, rows=rows, n_tasks=len(means.task_types), n_characters=n_characters)

    return Predictor(
        models=observations.models,
        features=features,
        means=means,
        shared_heads=shared,
        task_heads=own,
        neighbours=neighbours,
        stack=stack,
        unseen=unseen,
        support=fit_support(neighbours),
        calibration=fit_calibration(held_out, quality, weights),
        costs=amounts(observations.cost_usd),
        tokens=amounts(observations.output_tokens),
        latencies=amounts(observations.latency_s),
    )


def stacked(stack: Floats, terms: Sequence[Floats]) -> Floats:
    """The terms, weighed and added."""
    return np.asarray(sum(weight * term for weight, term in zip(stack, terms, strict=True)))


def means_left_out(means: FittedMeans, rows: Rows, quality: Floats, weights: Floats) -> Floats:
    """Each row's mean without the row itself, to first order: it has 1/n of its cell."""
    cell, _, counts = means.at(rows)
    share = np.minimum(weights[:, None] / np.maximum(counts, 1.0), 0.5)
    moved = cell - share * (quality - cell)
    return np.where(np.isnan(quality), cell, moved)
