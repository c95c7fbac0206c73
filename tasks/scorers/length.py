"""Whether the output is neither too short nor too long."""

from __future__ import annotations

from tasks.scorers.sample import Sample, Verdict


def length(sample: Sample) -> Verdict | None:
    """1 where the trimmed output has between `min_characters` and `max_characters`, both included, else 0."""
    n = len(sample.text.strip())
    lowest, highest = sample.spec.min_characters or 0, sample.spec.max_characters
    is_inside = n >= lowest and (highest is None or n <= highest)
    return Verdict(float(is_inside), f"{n} characters")
