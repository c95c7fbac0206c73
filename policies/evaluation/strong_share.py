"""Two models: quality against the share of calls that go to the stronger one, and RouteLLM's figures from it.

Ong et al., "RouteLLM: learning to route LLMs with preference data" (2024), §2.2: the performance gap recovered,
PGR = (r - r_weak) / (r_strong - r_weak); APGR, its mean over the shares from 0 to 1; and CPT(x), the smallest share at
which PGR reaches x. As in its code (lm-sys/RouteLLM, routellm/evals), the curve has the thresholds that cut the scores
into ten parts of equal size, and is linear between them; prompts of equal scores change sides together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from policies.evaluation.outcomes import Floats

ROUTELLM_PARTS = 10


@dataclass(frozen=True, slots=True)
class ShareCurve:
    """Mean quality by the share of calls to the stronger model, ascending from 0 to 1."""

    shares: Floats
    qualities: Floats


def share_curve(score: Floats, *, weak: Floats, strong: Floats, n_parts: int = ROUTELLM_PARTS) -> ShareCurve:
    """The curve of a score, the higher the sooner a prompt goes to the stronger model.

    `weak` and `strong` are the two models' qualities on the same prompts: each (n,), n ≥ 1.
    """
    thresholds = np.quantile(score, np.linspace(0, 1, n_parts + 1))
    is_strong = [*(score >= threshold for threshold in thresholds[:-1]), score > thresholds[-1]]
    shares = np.array([chosen.mean() for chosen in is_strong])
    qualities = np.array([np.where(chosen, strong, weak).mean() for chosen in is_strong])
    return ShareCurve(shares[::-1], qualities[::-1])


def apgr(curve: ShareCurve) -> float | None:
    """The mean performance gap recovered; 0.5 for a coin, None where the stronger model is not better."""
    gap = curve.qualities[-1] - curve.qualities[0]
    if gap <= 0:
        return None
    return float((np.trapezoid(curve.qualities, curve.shares) - curve.qualities[0]) / gap)


def cpt(curve: ShareCurve, recovered: float) -> float | None:
    """The smallest share of calls to the stronger model that recovers a part of the gap, in [0, 1]; None as `apgr`.

    Where RouteLLM's code interpolates in a curve that is not monotone, this takes its first crossing.
    """
    gap = curve.qualities[-1] - curve.qualities[0]
    if gap <= 0:
        return None
    target = curve.qualities[0] + recovered * gap
    right = int(np.argmax(curve.qualities >= min(target, curve.qualities.max())))
    if right == 0:
        return 0.0
    pair = slice(right - 1, right + 1)
    return float(np.interp(target, curve.qualities[pair], curve.shares[pair]))
