"""Texts as vectors for linear heads: words (TF-IDF, reduced), surface, and a local embedding where there is one.

Latent semantic analysis: Deerwester et al., JASIS 41 (1990); its decomposition: Halko, Martinsson & Tropp, SIAM
Review 53 (2011). Each block is scaled to a mean squared length of 1, so that one penalty is fair to all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from policies.classifier import WORDS_AND_SIGNS, excerpt
from policies.predictor.observations import Floats, Singles
from policies.predictor.surface import measure_surface
from policies.predictor.words import Words, words_of

HEAD_CHARACTERS, TAIL_CHARACTERS = 1_000, 500  # as the embedding reads
N_COMPONENTS = 128
MAX_TERMS = 30_000
MIN_TEXTS = 20  # of which words can be learned
FARTHEST = 4.0  # standard deviations: a surface beyond is no more telling


@dataclass(frozen=True, slots=True)
class Scaling:
    """(x - centre) · factor, column by column, within ± `limit`."""

    centre: Singles
    factor: Singles
    limit: float

    def apply(self, block: Floats | Singles) -> Singles:
        """The block, scaled."""
        return np.asarray(np.clip((block.astype(np.float32) - self.centre) * self.factor, -self.limit, self.limit))


@dataclass(frozen=True, slots=True)
class TextVectors:
    """`joint` (n, d) is what heads read; `place` (n, p), unit vectors, is where neighbours are looked for.

    Products with either are of doubles: then a text's prediction, rounded, does not hang on the chunk that it is in.
    """

    joint: Singles
    place: Floats


@dataclass(frozen=True, slots=True)
class TextFeatures:
    """Fitted features; `words` None where there were too few texts to learn words from."""

    words: Words | None
    components: Singles  # (terms, r)
    word_scaling: Scaling
    surface_scaling: Scaling
    embedding_scaling: Scaling | None
    place_axes: Singles | None  # (d, p) of the embedding

    def transform(self, texts: Sequence[str], *, embedding: Singles | None) -> TextVectors:
        """The vectors of texts; raises ValueError where an embedding is lacking that it was fitted with."""
        excerpts = [excerpt(text, head=HEAD_CHARACTERS, tail=TAIL_CHARACTERS) for text in texts]
        topics = self.topics(excerpts)
        blocks = [self.word_scaling.apply(topics), self.surface_scaling.apply(measure_surface(excerpts))]
        if self.embedding_scaling is None or self.place_axes is None:
            return TextVectors(np.hstack(blocks), to_unit(blocks[0].astype(np.float64)))
        if embedding is None or len(embedding) != len(texts):
            raise ValueError("this predictor was fitted with an embedding: each text needs its vector")
        blocks.append(self.embedding_scaling.apply(embedding))
        return TextVectors(
            np.hstack(blocks), to_unit(blocks[-1].astype(np.float64) @ self.place_axes.astype(np.float64))
        )

    def topics(self, excerpts: Sequence[str]) -> Singles:
        """Word vectors (n, r) before they are scaled."""
        if self.words is None or not excerpts:
            return np.zeros((len(excerpts), self.components.shape[1]), dtype=np.float32)
        return np.asarray(self.words.transform(excerpts) @ self.components, dtype=np.float32)


def fit_features(texts: Sequence[str], *, embedding: Singles | None) -> TextFeatures:
    """Learn words and scales from texts."""
    excerpts = [excerpt(text, head=HEAD_CHARACTERS, tail=TAIL_CHARACTERS) for text in texts]
    words, components, topics = fit_words(excerpts)
    is_embedded = embedding is not None and len(embedding) > 0
    scaling = fit_scaling(embedding, is_standard=False) if embedding is not None and is_embedded else None
    axes = fit_axes(scaling.apply(embedding)) if embedding is not None and scaling is not None else None
    return TextFeatures(
        words=words,
        components=components,
        word_scaling=fit_scaling(topics, is_standard=False),
        surface_scaling=fit_scaling(measure_surface(excerpts), is_standard=True),
        embedding_scaling=scaling,
        place_axes=axes,
    )


def fit_words(excerpts: Sequence[str]) -> tuple[Words | None, Singles, Singles]:
    """The vectoriser, the components (terms, r) and the texts' own word vectors (n, r)."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.utils.extmath import randomized_svd

    nothing = np.zeros((0, 1), dtype=np.float32), np.zeros((len(excerpts), 1), dtype=np.float32)
    if len(excerpts) < MIN_TEXTS or not any(text.strip() for text in excerpts):
        return None, *nothing
    vectoriser = TfidfVectorizer(
        ngram_range=(1, 2),
        min_df=2,
        token_pattern=WORDS_AND_SIGNS,
        sublinear_tf=True,
        max_features=MAX_TERMS,
        dtype=np.float32,
    )
    try:
        words = words_of(vectoriser.fit(excerpts))
    except ValueError:  # no word stands in two texts
        return None, *nothing
    counts = words.transform(excerpts)
    rank = min(N_COMPONENTS, counts.shape[0] // 4, counts.shape[1] - 1)
    if rank < 1:
        return None, *nothing
    _, _, right = randomized_svd(counts, rank, n_iter=3, random_state=0)
    components = np.ascontiguousarray(right.T, dtype=np.float32)
    return words, components, np.asarray(counts @ components, dtype=np.float32)


def fit_scaling(block: Floats | Singles, *, is_standard: bool) -> Scaling:
    """To a mean squared length of 1; `is_standard`: each column to the same variance, and outliers cut."""
    n_columns = block.shape[1]
    if not len(block):
        return Scaling(np.zeros(n_columns, np.float32), np.zeros(n_columns, np.float32), np.inf)
    centre = block.mean(axis=0)
    spread = block.std(axis=0)
    if is_standard:
        constant = spread < 1e-6
        factor = np.where(constant, 0.0, 1 / np.where(constant, 1.0, spread * np.sqrt(n_columns)))
        return Scaling(centre.astype(np.float32), factor.astype(np.float32), FARTHEST / np.sqrt(n_columns))
    length = float(np.sqrt((spread**2).sum()))
    factor = np.full(n_columns, 1 / length if length > 1e-6 else 0.0)
    return Scaling(centre.astype(np.float32), factor.astype(np.float32), np.inf)


def fit_axes(block: Singles) -> Singles:
    """The principal axes (d, p) of an embedding, in which neighbours are found faster and as well."""
    _, axes = np.linalg.eigh(block.T @ block)
    return np.ascontiguousarray(axes[:, ::-1][:, :N_COMPONENTS], dtype=np.float32)


def to_unit(block: Floats) -> Floats:
    """Rows of length 1; a row of zeros stays."""
    return np.asarray(block / np.maximum(np.linalg.norm(block, axis=1, keepdims=True), 1e-6))
