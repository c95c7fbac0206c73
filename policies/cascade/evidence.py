"""What the log shows of a check: how right and wrong answers spread over its scores, and what passes a threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from policies.allocation.arrays import Floats
from policies.cascade.expected import Check

LEVELS = 20  # scores are told apart to a twentieth
# How many imagined answers a model's pass rates are drawn towards those of its task type by, and these to the prior.
PRIOR_ANSWERS = 20.0
# The prior of a check that is judged by other evidence: it tells nothing until the log shows that it does.
KNOWS_NOTHING = (0.5, 0.5)
# The prior of a check that is all there is to judge an answer by: what passes is right because it passes.
IS_QUALITY = (1.0, 0.0)


@dataclass(frozen=True, slots=True)
class CheckLevels:
    """A scorer's scores of one model's answers to one task type, with what else is known of these answers.

    `n` and `quality` are (LEVELS + 1,): how many answers scored so much, as `level_of` rounds it, and the sum of their
    adopted qualities, by human, other checks or a judge. Where the check itself `is_quality`, nothing else was known of
    any of them, and the qualities are its own scores.
    """

    task_type: str
    model: str
    scorer: str
    n: tuple[int, ...]
    quality: tuple[float, ...]
    is_quality: bool


@dataclass(frozen=True, slots=True)
class Passing:
    """How many right and wrong answers there are, and how many of each pass; a quality of 0.7 is 0.7 of a right one."""

    right: Floats
    wrong: Floats
    right_passing: Floats
    wrong_passing: Floats


def level_of(score: float) -> int:
    """The level of a score in [0, 1]; halves go up, so that 0.975 counts as 1."""
    return int(score * LEVELS + 0.5)


def passing_at(levels: CheckLevels, threshold: float) -> Passing:
    """What passes where a score of at least `threshold`, to a level, is needed."""
    n, quality = np.array(levels.n, dtype=np.float64), np.array(levels.quality)
    passes = np.arange(LEVELS + 1) >= level_of(threshold)
    wrong = np.maximum(n - quality, 0.0)
    return Passing(quality.sum(), wrong.sum(), quality[passes].sum(), wrong[passes].sum())


def rates_at(levels: Sequence[CheckLevels], models: Sequence[str], *, threshold: float, is_quality: bool) -> Check:
    """The pass rates of some models' answers at a threshold, from all that was logged of the check on one task type.

    Empirical Bayes with a beta prior: a model's rate is drawn towards that of all models together, by `PRIOR_ANSWERS`
    imagined answers, and this towards the prior by as many. The standard errors are those of the beta distributions.
    Evidence of the other kind, `is_quality` or not, is left out.
    """
    used = {one.model: passing_at(one, threshold) for one in levels if one.is_quality == is_quality}
    right, wrong = IS_QUALITY if is_quality else KNOWS_NOTHING
    nothing = Passing(*(np.zeros(()) for _ in range(4)))
    total = Passing(*(np.sum([getattr(one, name) for one in used.values()]) for name in Passing.__slots__))
    own = [used.get(model, nothing) for model in models]
    pooled_right, pooled_wrong = (
        drawn(total.right_passing, total.right, right),
        drawn(total.wrong_passing, total.wrong, wrong),
    )
    n_right, n_wrong = np.array([one.right for one in own]), np.array([one.wrong for one in own])
    pass_right = drawn(np.array([one.right_passing for one in own]), n_right, pooled_right)
    pass_wrong = drawn(np.array([one.wrong_passing for one in own]), n_wrong, pooled_wrong)
    return Check(pass_right, pass_wrong, beta_error(pass_right, n_right), beta_error(pass_wrong, n_wrong))


def drawn(passing: Floats, n: Floats, prior: float | Floats) -> Floats:
    """A rate drawn towards a prior."""
    return np.asarray((passing + PRIOR_ANSWERS * prior) / (n + PRIOR_ANSWERS))


def beta_error(rate: Floats, n: Floats) -> Floats:
    """The standard deviation of a beta distribution with a mean and n + `PRIOR_ANSWERS` answers."""
    return np.sqrt(rate * (1 - rate) / (n + PRIOR_ANSWERS + 1))
