"""The fitted predictor: immutable, and the same answer for the same requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from policies.predictor.calibration import Calibration
from policies.predictor.features import TextFeatures, TextVectors
from policies.predictor.heads import Heads
from policies.predictor.lengthwise import LengthwiseMeans
from policies.predictor.means import PRIOR_SE, FittedMeans
from policies.predictor.neighbours import Neighbourhood, Neighbours
from policies.predictor.observations import Flags, Floats, Rows, Singles
from policies.predictor.prediction import TERMS, Prediction
from policies.predictor.support import Support, hold_back
from policies.predictor.unseen import UnseenTasks

LEAST_DOUBT = 0.05  # of a task type's own mean, for which other task types are worth looking at


@dataclass(frozen=True, slots=True)
class Predictor:
    """Everything that was learned; columns of all matrices in the order of `models`.

    `task_heads` are in the order of the means' rows. `stack` (4,) are the weights
    of the head over all task types, the head of the task type, the neighbours, and what other task types tell.
    """

    models: tuple[str, ...]
    features: TextFeatures
    means: FittedMeans
    shared_heads: Heads
    task_heads: Heads
    neighbours: Neighbours
    stack: Floats
    unseen: UnseenTasks
    support: Support
    calibration: Calibration
    costs: LengthwiseMeans | None
    tokens: LengthwiseMeans | None
    latencies: LengthwiseMeans | None

    def predict(
        self, texts: Sequence[str], task_types: Sequence[str], *, embedding: Singles | None = None
    ) -> Prediction:
        """Predict for n texts of these task types; `embedding` (n, d) is needed if it was fitted with one."""
        vectors = self.features.transform(texts, embedding=embedding)
        rows = self.means.rows_of(task_types)
        mean, error, task_calls = self.means.at(rows)
        near = self.neighbours.look(vectors.place)
        is_seen = rows >= 0
        declined = self.support.declines(
            similarity=near.similarity,
            task_calls=task_calls.sum(axis=1),
            is_seen=is_seen,
            carries_over=bool(self.unseen.weights.any()),
        )
        terms = self.terms(vectors, rows, near, use=~declined)
        terms[0] = mean
        n_characters = np.array([len(text) for text in texts], dtype=np.float64)
        return Prediction(
            models=self.models,
            quality=hold_back(self.calibration.apply(terms.sum(axis=0)), task_calls, best=self.best),
            quality_se=np.sqrt(error**2 + self.head_variance(rows, declined)),
            cost_usd=None if self.costs is None else self.costs.predict(rows, n_characters),
            output_tokens=None if self.tokens is None else self.tokens.predict(rows, n_characters),
            latency_s=None if self.latencies is None else self.latencies.predict(rows, n_characters),
            task_calls=task_calls,
            similar_calls=near.counts,
            similarity=near.similarity,
            terms=terms,
            declined=declined,
        )

    def terms(self, vectors: TextVectors, rows: Rows, near: Neighbourhood, *, use: Flags) -> Floats:
        """What each term adds (5, n, m), where the predictor does not decline; the mean is left 0."""
        added = np.zeros((len(TERMS), len(rows), len(self.models)))
        seen = np.flatnonzero(use & (rows >= 0))
        if self.stack[:3].any() and len(seen):
            joint, no_groups = vectors.joint[seen], np.zeros(len(seen), dtype=np.intp)
            added[1, seen] = self.stack[0] * self.shared_heads.predict(joint, no_groups) if self.stack[0] else 0.0
            added[2, seen] = self.stack[1] * self.task_heads.predict(joint, rows[seen])
            added[3, seen] = self.stack[2] * near.values[seen]
        doubt = self.means.doubt_at(rows) * np.where(rows >= 0, self.stack[3], 1.0)[:, None]
        far = np.flatnonzero(use & (doubt.max(axis=1, initial=0.0) > LEAST_DOUBT))
        if self.unseen.weights.any() and len(far):
            added[4, far] = doubt[far] * self.unseen.predict(vectors.joint[far], vectors.place[far])
        return added

    @property
    def is_embedded(self) -> bool:
        """Whether texts need their vectors."""
        return self.features.embedding_scaling is not None

    @property
    def best(self) -> int:
        """The column of the model that is best over all task types; of equal ones the first."""
        return int(self.means.overall.argmax())

    def head_variance(self, rows: Rows, declined: Flags) -> Floats:
        """The variance that the heads' own errors add: noise × (effective parameters / calls) × weight²."""
        shared = self.stack[0] ** 2 * self.shared_heads.freedom[0]
        own = np.vstack([self.task_heads.freedom, np.zeros(len(self.models))])[rows]
        variance = self.means.noise * (shared + self.stack[1] ** 2 * own)
        return np.where((declined | (rows < 0))[:, None], 0.0, variance)

    def without_model(self, name: str) -> Predictor:
        """This predictor when a model has left; of the others nothing changes. Raises ValueError for an unknown one."""
        left = self.models.index(name)
        return self.with_columns([i for i in range(len(self.models)) if i != left])

    def with_model(self, name: str, *, prior_quality: float) -> Predictor:
        """This predictor with a new model, of which only a prior is known; of the others nothing changes.

        What task types have in common applies to it too: an easy one is easier than its prior says.
        """
        if name in self.models:
            raise ValueError(f"the model is known already: {name}")
        m = len(self.models)
        wider = self.with_columns([*range(m), -1])
        means = wider.means
        cells, overall = means.cells.copy(), means.overall.copy()
        cells[:, m] = np.clip(prior_quality + means.effect, 0, 1)
        overall[m] = prior_quality
        spread = float(means.overall_error.min()) if m else 0.0
        errors, overall_error = means.errors.copy(), means.overall_error.copy()
        errors[:, m] = overall_error[m] = np.hypot(PRIOR_SE, spread)
        means = replace(means, cells=cells, overall=overall, errors=errors, overall_error=overall_error)
        return replace(wider, models=(*self.models, name), means=means)

    def with_columns(self, columns: Sequence[int]) -> Predictor:
        """With these models' columns; -1 is one of which nothing is known: zeros, and NaN for amounts."""
        return replace(
            self,
            models=tuple(self.models[i] for i in columns if i >= 0),
            means=replace(
                self.means,
                cells=take(self.means.cells, columns),
                errors=take(self.means.errors, columns),
                counts=take(self.means.counts, columns),
                trust=take(self.means.trust, columns, fill=1.0),  # of a new model the prior is all
                overall=take(self.means.overall, columns),
                overall_error=take(self.means.overall_error, columns),
            ),
            shared_heads=heads_with(self.shared_heads, columns),
            task_heads=heads_with(self.task_heads, columns),
            neighbours=neighbours_with(self.neighbours, columns),
            unseen=replace(
                self.unseen,
                heads=heads_with(self.unseen.heads, columns),
                neighbours=neighbours_with(self.unseen.neighbours, columns),
            ),
            costs=amounts_with(self.costs, columns),
            tokens=amounts_with(self.tokens, columns),
            latencies=amounts_with(self.latencies, columns),
        )


def take(matrix: Floats, columns: Sequence[int], *, fill: float = 0.0) -> Floats:
    """Columns of the last axis; -1 is a new one."""
    extra = np.full((*matrix.shape[:-1], 1), fill, dtype=matrix.dtype)
    return np.ascontiguousarray(np.concatenate([matrix, extra], axis=-1)[..., list(columns)])


def heads_with(heads: Heads, columns: Sequence[int]) -> Heads:
    """Heads of these columns."""
    return Heads(
        np.asarray(take(heads.coefficients.astype(np.float64), columns), dtype=np.float32),
        np.asarray(take(heads.offsets.astype(np.float64), columns), dtype=np.float32),
        take(heads.freedom, columns),
        heads.penalty,
    )


def neighbours_with(neighbours: Neighbours, columns: Sequence[int]) -> Neighbours:
    """Neighbours' values of these columns."""
    values = take(neighbours.values.astype(np.float64), columns, fill=np.nan)
    return replace(neighbours, values=np.asarray(values, dtype=np.float32))


def amounts_with(amounts: LengthwiseMeans | None, columns: Sequence[int]) -> LengthwiseMeans | None:
    """Amounts of these columns."""
    if amounts is None:
        return None
    return replace(amounts, cells=take(amounts.cells, columns, fill=np.nan), slopes=take(amounts.slopes, columns))
