"""Whether there is any output."""

from __future__ import annotations

from tasks.scorers.sample import Sample, Verdict


def non_empty(sample: Sample) -> Verdict | None:
    """1 where the output has a character that is not white space, or a member, else 0."""
    is_filled = bool(sample.text.strip()) and sample.output not in ([], (), {})
    return Verdict(float(is_filled), "filled" if is_filled else "empty")
