"""What no router can know: the outcomes themselves, as predictions."""

from __future__ import annotations

from policies.evaluation.outcomes import Outcomes
from policies.evaluation.router import Predictions


def foresee(outcomes: Outcomes) -> Predictions:
    """Perfect predictions; their frontier is the upper bound of every router's."""
    return Predictions(outcomes.quality, outcomes.cost_usd)
