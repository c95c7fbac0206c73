"""A judge without weights: the share of the question's words that a text has, as a logit."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.retrieval.words import split_words


class OverlapJudge:
    """10 × the share of shared words, minus 5; counts what it was asked."""

    def __init__(self) -> None:
        self.n_texts = 0

    def score(self, question: str, texts: Sequence[str]) -> list[float]:
        self.n_texts += len(texts)
        wanted = set(split_words(question))
        return [10 * len(wanted & set(split_words(text))) / max(1, len(wanted)) - 5 for text in texts]
