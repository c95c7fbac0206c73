"""What became of the most similar prompts: k nearest neighbours by cosine, k ≥ 50, each weighed by its similarity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from policies.predictor.observations import Floats, Rows, Singles

N_NEIGHBOURS, MOST_NEIGHBOURS = 50, 200
MAX_REFERENCES = 4_000  # prompts that are looked through: the latest ones
WIDTH = 0.1  # of cosine, over which a neighbour's weight falls by e
WEIGHT_IMAGINED = 5.0  # neighbours at the mean, so that the few that a model has are not taken for all
N_CLOSE = 10  # by whose mean similarity a text is known or strange
CHUNK = 128
# Of equal references (one prompt, asked often) each later one is nearer by so much: far above what adding up in another
# order changes, so that which ones are the k nearest does not hang on that.
LATER = 1e-14


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """Of n texts: the weighted mean of values over neighbours (n, m), how many of them were known (n, m), and the mean
    similarity of the closest (n,)."""

    values: Floats
    counts: Floats
    similarity: Floats


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Reference prompts: unit vectors `place` (r, p), `values` (r, m) with NaN for unknown, task type and row each."""

    place: Singles
    values: Singles
    tasks: Rows
    rows: Rows
    k: int

    def look(self, place: Floats, *, but_rows: Rows | None = None, but_tasks: Rows | None = None) -> Neighbourhood:
        """Look up texts by their vectors; without the references of the same row, or of the same task type."""
        n, m = len(place), self.values.shape[1]
        values, counts, similarity = np.zeros((n, m)), np.zeros((n, m)), np.full(n, -1.0)
        if len(self.place) <= N_CLOSE:
            return Neighbourhood(values, counts, similarity)
        references = np.vstack([self.place.T.astype(np.float64), LATER * np.arange(len(self.place))])
        asked = np.hstack([place, np.ones((n, 1))])
        for start in range(0, n, CHUNK):
            part = slice(start, start + CHUNK)
            cosine = asked[part] @ references
            if but_rows is not None:
                cosine[but_rows[part][:, None] == self.rows] = -2
            if but_tasks is not None:
                cosine[but_tasks[part][:, None] == self.tasks] = -2
            values[part], counts[part], similarity[part] = self.weigh(cosine)
        return Neighbourhood(values, counts, similarity)

    def weigh(self, cosine: Floats) -> tuple[Floats, Floats, Floats]:
        """Means, counts and similarity from the cosines (n, r); below -1 is one to leave out."""
        k = min(self.k, cosine.shape[1] - 1)
        nearest = np.argpartition(cosine, cosine.shape[1] - k, axis=1)[:, -k:]
        closeness = np.take_along_axis(cosine, nearest, axis=1)
        top = np.partition(closeness, k - min(N_CLOSE, k), axis=1)[:, -N_CLOSE:]
        kernel = np.where(closeness < -1, 0, np.exp((closeness - top.max(axis=1, keepdims=True)) / WIDTH))
        found = self.values[nearest]
        known = ~np.isnan(found)
        mass = kernel[:, :, None] * known
        sums = np.einsum("nk,nkm->nm", kernel, np.nan_to_num(found))
        imagined = WEIGHT_IMAGINED * kernel.sum(axis=1, keepdims=True) / k
        return sums / (mass.sum(axis=1) + imagined + 1e-9), known.sum(axis=1), top.mean(axis=1)


def fit_neighbours(place: Floats, values: Floats, *, tasks: Rows) -> Neighbours:
    """Keep the latest prompts of which anything is known; of a log, where that is little, more neighbours count."""
    known = ~np.isnan(values)
    rows = np.flatnonzero(known.any(axis=1))[-MAX_REFERENCES:]
    share = float(known[rows].mean()) if len(rows) else 1.0
    k = int(min(MOST_NEIGHBOURS, N_NEIGHBOURS / max(share, 1e-3)))
    return Neighbours(place[rows].astype(np.float32), values[rows].astype(np.float32), tasks[rows], rows, k)
