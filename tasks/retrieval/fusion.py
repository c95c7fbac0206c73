"""Reciprocal rank fusion of rankings from different searchers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

DAMPING = 60.0


def fuse(
    rankings: Mapping[str, Sequence[int]], weights: Mapping[str, float], *, damping: float = DAMPING
) -> list[tuple[int, float]]:
    """Documents with their fused scores, best first; equal scores are ordered by the document's number.

    score(d) = Σ over rankings of weight / (damping + rank of d, from 1); a ranking that lacks d adds nothing
    (Cormack, Clarke and Büttcher, "Reciprocal rank fusion", SIGIR 2009, where damping is 60).
    """
    scores: dict[int, float] = {}
    for name in sorted(rankings):
        for rank, document in enumerate(rankings[name], start=1):
            scores[document] = scores.get(document, 0.0) + weights[name] / (damping + rank)
    return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
