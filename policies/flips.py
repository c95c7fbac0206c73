"""What would have changed a decision by utility: how much better or cheaper a model that lost would have had to be."""

from __future__ import annotations

from dataclasses import dataclass

from policies.types import Candidate, Decision


@dataclass(frozen=True, slots=True)
class Flip:
    """What would have put a model first, each by itself: so much more quality, or so much off its price (0 to 1).

    None is what no quality up to 1, or no price down to nothing, could have done.
    """

    quality_gain: float | None
    price_cut: float | None


def flip_of(candidate: Candidate, decision: Decision) -> Flip | None:
    """What would have put a candidate first; None where it was not ranked by utility, was first, or could not serve.

    From u = q̲ - λc - μl: a lead of Δu is made up by Δq̲ = Δu, or by Δc = Δu / λ. What the latest calls on a model showed
    is left as it was.
    """
    if decision.lambda_ is None or not candidate.eligible or candidate.utility is None:
        return None
    best = max(one.utility for one in decision.candidates if one.utility is not None)
    lead = best - candidate.utility
    if lead <= 0:
        return None
    gain = lead if candidate.p_quality is not None and candidate.p_quality + lead <= 1 else None
    spend = decision.lambda_ * float(candidate.p_cost_usd or 0)
    return Flip(gain, lead / spend if spend >= lead else None)


def tell_flip(flip: Flip) -> str:
    """In words."""
    parts = [
        "" if flip.quality_gain is None else f"quality {flip.quality_gain:+.3f}",
        "" if flip.price_cut is None else f"{flip.price_cut:.1%} off its price",
    ]
    return " or ".join(part for part in parts if part)
