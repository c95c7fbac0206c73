"""Equality with an accepted answer."""

from __future__ import annotations

from tasks.scorers.normalising import normalise
from tasks.scorers.sample import Sample, Verdict


def exact(sample: Sample) -> Verdict | None:
    """1 where the normalised output equals an accepted answer, a final full stop aside, else 0."""
    accepted = sample.texts_at(sample.spec.reference)
    if not accepted:
        return None
    answer = bare(sample.text)
    return Verdict(1.0, "equal") if answer in map(bare, accepted) else Verdict(0.0, "different")


def bare(text: str) -> str:
    """Normalised, without surrounding quotes and a final full stop."""
    return normalise(text).removesuffix(".").strip("'\" ")
