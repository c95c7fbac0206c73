"""How much of a text's wording an output keeps."""

from __future__ import annotations

from tasks.scorers.normalising import words_of
from tasks.scorers.sample import Sample, Verdict


def token_overlap(sample: Sample) -> Verdict | None:
    """The Jaccard index of the output's and the other text's distinct words (articles and punctuation aside).

    Repeating everything and adding more lowers it as leaving out does, so that a rewrite that rambles scores low.
    """
    texts = sample.texts_at(sample.spec.against)
    if not texts:
        return None
    words, others = set(words_of(sample.text)), set(words_of(" ".join(texts)))
    if not words | others:
        return Verdict(1.0, "both without words")
    n_shared = len(words & others)
    return Verdict(n_shared / len(words | others), f"{n_shared} words shared")
