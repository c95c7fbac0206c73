"""What the log said of a candidate, and what of the log said nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from policies.gate.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The evidence of logged decisions; `left_out` counts those that could not be decided anew, by why not.

    `sampled` is the share of the items that was read, 1 for all.
    """

    evidence: Evidence
    left_out: Mapping[str, int] = field(default_factory=dict)
    sampled: float = 1.0
