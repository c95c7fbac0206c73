"""The local embedding of texts, each computed once in this process: the bundled sentence encoder, on the CPU."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from policies.predictor.observations import Singles
from tasks.classifiers import encode

BATCH = 256
DIMENSIONS = 512  # of the encoder
MOST_KEPT = 200_000  # vectors, 400 MB; beyond, all are forgotten
_vectors: dict[str, Singles] = {}


def embedded(texts: Sequence[str]) -> Singles:
    """Unit vectors of texts, (n, `DIMENSIONS`)."""
    missing = sorted(set(texts) - _vectors.keys())
    if len(missing) + len(_vectors) > MOST_KEPT:
        _vectors.clear()
        missing = sorted(set(texts))
    for start in range(0, len(missing), BATCH):
        part = missing[start : start + BATCH]
        _vectors.update(zip(part, encode(part), strict=True))
    return np.array([_vectors[text] for text in texts], dtype=np.float32).reshape(len(texts), DIMENSIONS)


def forget() -> None:
    """Drop every vector that is kept."""
    _vectors.clear()
