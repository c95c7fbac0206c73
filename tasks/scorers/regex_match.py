"""Whether a regular expression is found."""

from __future__ import annotations

from tasks.scorers.sample import Sample, Verdict
from tasks.scorers.searching import is_found


def regex_match(sample: Sample) -> Verdict | None:
    """1 where the pattern is found in the output, 0 where it is not or the search took too long."""
    found = is_found(sample.spec.pattern or "", sample.text)
    if found is None:
        return Verdict(0.0, "the search took too long")
    return Verdict(float(found), "found" if found else "not found")
