"""The word overlap of SQuAD."""

from __future__ import annotations

from collections import Counter

from tasks.scorers.normalising import words_of
from tasks.scorers.sample import Sample, Verdict


def token_f1(sample: Sample) -> Verdict | None:
    """The best F1 of the output's words against an accepted answer's.

    F1 = 2·p·r / (p + r), with p and r the shares of output and reference words in their multiset intersection; two
    texts without words are equal. Source: Rajpurkar et al. 2016, "SQuAD: 100,000+ Questions", section 6.1, and its
    evaluation script (v1.1).
    """
    accepted = sample.texts_at(sample.spec.reference)
    if not accepted:
        return None
    words = words_of(sample.text)
    best = max(f1(words, words_of(reference)) for reference in accepted)
    return Verdict(best, f"F1 {best:.2f}")


def f1(words: list[str], reference: list[str]) -> float:
    """F1 of two lists of words, in [0, 1]."""
    if not words or not reference:
        return float(words == reference)
    n_shared = (Counter(words) & Counter(reference)).total()
    return 2 * n_shared / (len(words) + len(reference))
