"""What new weights have to show before they route."""

from __future__ import annotations

from dataclasses import dataclass

# One family error of 5 % over both ways to be better, shared out by what each needs: costs vary little, qualities much.
QUALITY_ALPHA, COST_ALPHA = 0.04, 0.01


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The gate's limits, all of them settable.

    `min_calls` scored calls that the weights rest on, `min_effective_n` effective decisions that would be made
    otherwise (`Sums.effective_n`). `quality_tolerance` is what the lower bound of the gain in quality has to exceed, in
    [0, 1] of quality; `cost_tolerance` what that of the saving has to, as a share of the live version's cost, while
    quality falls by less than `quality_margin`. Cost may grow by the share `max_cost_growth` at most, and the share
    `max_moved_share` of the decisions be made otherwise at once.
    """

    min_calls: int = 30
    min_effective_n: float = 50.0
    quality_tolerance: float = 0.0
    cost_tolerance: float = 0.02
    quality_margin: float = 0.01
    max_cost_growth: float = 0.25
    max_moved_share: float = 1.0
