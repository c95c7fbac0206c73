"""Each call's own λ, a little beside the common one, so that calls which are all alike need not all go one way."""

from __future__ import annotations

from policies.draws import draw_uniform

WIDTH = 0.05  # wide enough to part what is alike; what it costs in quality is of its square
LEVELS = 256  # so that calls which are alike in all else share what is worked out for a level


def dither_of(call_id: str, *, seed: int, width: float) -> float:
    """The factor of a call in (1 - width, 1 + width), drawn from the seed and the call's id; 1 for no width."""
    if not width:
        return 1.0
    level = int(draw_uniform(seed, call_id, purpose="λ") * LEVELS)
    return 1 + width * ((2 * level + 1) / LEVELS - 1)
