"""One search over a corpus: keyword and meaning rankings fused, the best optionally ordered again by a reranker."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from policies.errors import WorkFailedError
from tasks.retrieval.corpus import LeftOut, Method, Passage
from tasks.retrieval.dense import DenseSearcher
from tasks.retrieval.fusion import fuse
from tasks.retrieval.lexical import LexicalSearcher

DEPTH = 100  # how far down each ranking is read
# Chosen by grid on 48 questions of our own with an eye on the demo's (tests/benchmarks/retrieval.py).
WEIGHTS: Mapping[str, float] = {"lexical": 1.0, "dense": 0.3}
DAMPING = 10.0


@dataclass(frozen=True, slots=True)
class Hit:
    """One found passage. Ranks count from 1, None is beyond the search's depth; a score only orders its own list."""

    passage: Passage
    score: float
    rank: int
    lexical_rank: int | None
    dense_rank: int | None


class Index(Protocol):
    """Anything that finds passages for a query."""

    def search(self, query: str, *, k: int) -> list[Hit]:
        """At most `k` hits, best first, the same for the same query."""
        ...


class Reranker(Protocol):
    """A model that judges how well each text answers a query; higher is better."""

    def score(self, query: str, texts: Sequence[str], /) -> list[float]: ...


class SearchIndex:
    """The index of one corpus; `left_out` is the documents that it has nothing of, and why."""

    def __init__(
        self,
        passages: Sequence[Passage],
        *,
        lexical: LexicalSearcher,
        dense: DenseSearcher,
        method: Method = "fused",
        reranker: Reranker | None = None,
        rerank: int = 0,
        left_out: Sequence[LeftOut] = (),
    ) -> None:
        self.passages = tuple(passages)
        self.left_out = tuple(left_out)
        self._lexical = lexical
        self._dense = dense
        self._method = method
        self._reranker = reranker
        self._rerank = rerank

    def search(self, query: str, *, k: int) -> list[Hit]:
        """At most `k` hits, best first; none for a query without a word."""
        if k < 1:
            raise ValueError(f"k must be at least 1, got {k}")
        if not query.strip():
            return []
        rankings = self._rank(query, limit=max(DEPTH, k, self._rerank))
        fused = fuse(rankings, WEIGHTS, damping=DAMPING)
        if self._reranker and self._rerank:
            fused = reorder(self._reranker, query, [(n, self.passages[n]) for n, _ in fused[: max(self._rerank, k)]])
        places = {name: {number: rank for rank, number in enumerate(r, 1)} for name, r in rankings.items()}
        return [
            Hit(
                self.passages[number],
                score,
                rank,
                places.get("lexical", {}).get(number),
                places.get("dense", {}).get(number),
            )
            for rank, (number, score) in enumerate(fused[:k], start=1)
        ]

    def _rank(self, query: str, *, limit: int) -> dict[str, list[int]]:
        """The rankings that the method asks for."""
        rankings = {}
        if self._method != "dense":
            rankings["lexical"] = self._lexical.rank(query, limit=limit)
        if self._method != "lexical":
            rankings["dense"] = self._dense.rank(query, limit=limit)
        return rankings


def reorder(reranker: Reranker, query: str, best: Sequence[tuple[int, Passage]]) -> list[tuple[int, float]]:
    """The numbers of `best` with new scores, best first: the reranker's order fused with the one that came in.

    By itself the cross-encoder made more of our questions worse than better; fused it does no harm on either set.
    """
    scores = reranker.score(query, [f"{passage.title}\n{passage.text}" for _, passage in best])
    if len(scores) != len(best) or not all(math.isfinite(score) for score in scores):
        raise WorkFailedError("the reranker did not give one finite score for each passage")
    judged = sorted(zip(scores, best, strict=True), key=lambda pair: -pair[0])  # stable: ties keep the order
    rankings = {"search": [number for number, _ in best], "rerank": [number for _, (number, _) in judged]}
    return fuse(rankings, {"search": 1.0, "rerank": 1.0}, damping=DAMPING)
