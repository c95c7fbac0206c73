"""Keyword search: BM25 over words in which identifiers count whole and in parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from tasks.retrieval.bm25 import load_bm25s
from tasks.retrieval.corpus import Passage
from tasks.retrieval.words import split_words

if TYPE_CHECKING:
    import bm25s

K1, B = 0.9, 0.4  # as in Anserini's MS MARCO baselines: short passages whose length says little
Split: TypeAlias = Callable[[str], list[str]]
TITLE_WEIGHT = 2  # a word of the title counts as so many words of the text


class LexicalSearcher:
    """A BM25 index of passages; documents are numbered in the order of the passages."""

    def __init__(self, bm25: bm25s.BM25, *, split: Split = split_words) -> None:
        self._bm25 = bm25
        self._split = split

    @classmethod
    def build(cls, passages: Sequence[Passage], *, split: Split = split_words) -> LexicalSearcher:
        """Index passages, at least one; queries are split into words in the same way."""
        vocabulary: dict[str, int] = {"": 0}
        documents = [
            [vocabulary.setdefault(word, len(vocabulary)) for word in ("", *passage_words(passage, split))]
            for passage in passages
        ]
        bm25 = load_bm25s().BM25(k1=K1, b=B, method="lucene")
        # Numbers of our own: bm25s would number the words in the order of a set, which differs from run to run.
        bm25.index((documents, vocabulary), show_progress=False)
        return cls(bm25, split=split)

    def save(self, folder: Path) -> None:
        """Write the index below `folder`."""
        self._bm25.save(str(folder), show_progress=False)

    @classmethod
    def load(cls, folder: Path) -> LexicalSearcher:
        """Read what `save` wrote; the arrays are memory-mapped."""
        return cls(load_bm25s().BM25.load(str(folder), mmap=True, show_progress=False))

    def rank(self, query: str, *, limit: int) -> list[int]:
        """The best `limit` documents that share a word with the query, best first; ties in document order."""
        known = [word for word in self._split(query) if word in self._bm25.vocab_dict]
        if not known:
            return []
        return order_scores(np.asarray(self._bm25.get_scores(known)), limit=limit, above=0.0)


def passage_words(passage: Passage, split: Split) -> list[str]:
    """The words of a passage, those of its title repeated by `TITLE_WEIGHT`."""
    return split(passage.title) * TITLE_WEIGHT + split(passage.text)


def order_scores(scores: np.ndarray, *, limit: int, above: float | None = None) -> list[int]:
    """The numbers of the best scores, best first.

    Scores are compared at five decimals, and ties go to the lower number, so that the last bits, in which machines
    differ, do not decide.
    """
    rounded = np.round(scores, 5)
    best = np.argsort(-rounded, kind="stable")[:limit]
    return [int(number) for number in best if above is None or rounded[number] > above]
