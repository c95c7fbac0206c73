"""Likeness to an accepted answer, letter by letter."""

from __future__ import annotations

from rapidfuzz.fuzz import ratio

from tasks.scorers.normalising import normalise
from tasks.scorers.sample import Sample, Verdict

MAX_TEXT = 20_000


def fuzzy(sample: Sample) -> Verdict | None:
    """The best normalised indel similarity to an accepted answer: 1 is equal, 0 shares nothing (rapidfuzz `ratio`)."""
    accepted = sample.texts_at(sample.spec.reference)
    if not accepted:
        return None
    output = normalise(sample.text[:MAX_TEXT])
    best = max(ratio(output, normalise(reference[:MAX_TEXT])) / 100 for reference in accepted)
    return Verdict(best, f"similarity {best:.2f}")
