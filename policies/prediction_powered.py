"""The mean quality that people would find, from a judge's many scores and people's few: prediction-powered inference.

Angelopoulos, Bates, Fannjiang, Jordan & Zrnic, "Prediction-powered inference", Science 382 (2023), for the mean; with
the weight of the judge tuned as in Angelopoulos, Duchi & Zrnic, "PPI++: Efficient prediction-powered inference" (2023),
section 6, so that a judge that says nothing of what people think costs nothing. Own code in place of `ppi-python`,
which brings in statsmodels for models of which a mean needs none.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

LEAST_PAIRS = 10  # below, the variance of so few differences is no ground for an interval
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Scores:
    """Sums over answers that people and a judge have both scored (`n`), and over those of the judge alone (`n_alone`).

    `human`, `judge` and `judge_alone` are sums of scores in [0, 1]; the others sums of squares and of products.
    """

    n: int
    human: float
    human_squares: float
    judge: float
    judge_squares: float
    products: float
    n_alone: int
    judge_alone: float
    judge_alone_squares: float


@dataclass(frozen=True, slots=True)
class MeanQuality:
    """A mean quality with its interval; the bounds are None where too few people's scores are there for one."""

    mean: float
    low: float | None
    high: float | None


def add_scores(several: Iterable[Scores]) -> Scores:
    """The sums of all together."""
    rows = [
        (s.n, s.human, s.human_squares, s.judge, s.judge_squares, s.products, s.n_alone, s.judge_alone,
         s.judge_alone_squares) for s in several
    ]  # fmt: skip
    n, human, squares, judge, judge_squares, products, n_alone, alone, alone_squares = (
        map(math.fsum, zip(*rows, strict=True)) if rows else (0.0,) * 9
    )
    return Scores(int(n), human, squares, judge, judge_squares, products, int(n_alone), alone, alone_squares)


def human_mean(scores: Scores) -> MeanQuality | None:
    """People's own mean, with Student's interval; None where they have scored nothing."""
    if scores.n == 0:
        return None
    variance = moment(scores.n, scores.human, scores.human, scores.human_squares)
    return interval(scores.human / scores.n, variance / scores.n, scores.n)


def corrected_mean(scores: Scores) -> MeanQuality | None:
    """The judge's mean, corrected by people; None where people have scored nothing.

    mean = human + w · (judge_alone - judge), with the means of n and N answers, and w = cov(human, judge) / ((1 + n/N)
    · var(judge)), cut to [0, 1]; its variance is var(human - w · judge)/n + w² · var(judge_alone)/N. What people score
    must be a random sample of what the judge scores, else the correction is that of other answers. Student's quantile
    with n - 1 degrees, since w and the variances are estimated from n.
    """
    if scores.n == 0:
        return None
    if scores.n < LEAST_PAIRS or scores.n_alone < 2:
        return human_mean(scores)
    n, alone = scores.n, scores.n_alone
    human, judge = scores.human / n, scores.judge / n
    weight = weight_of_judge(scores)
    mean = human + weight * (scores.judge_alone / alone - judge)
    residual = (
        moment(n, scores.human, scores.human, scores.human_squares)
        - 2 * weight * moment(n, scores.human, scores.judge, scores.products)
        + weight**2 * moment(n, scores.judge, scores.judge, scores.judge_squares)
    )
    spread = moment(alone, scores.judge_alone, scores.judge_alone, scores.judge_alone_squares)
    return interval(mean, max(0.0, residual) / n + weight**2 * spread / alone, n)


def weight_of_judge(scores: Scores) -> float:
    """How much the judge's scores count, in [0, 1]: as makes the variance of the corrected mean least."""
    n, alone = scores.n, scores.n_alone
    shared = moment(n, scores.human, scores.judge, scores.products)
    whole = moment(
        n + alone,
        scores.judge + scores.judge_alone,
        scores.judge + scores.judge_alone,
        scores.judge_squares + scores.judge_alone_squares,
    )
    return min(1.0, max(0.0, shared / ((1 + n / alone) * whole))) if whole > 0 else 0.0


def moment(n: int, first: float, second: float, products: float) -> float:
    """The sample covariance (of a thing with itself: variance) from sums; 0 for fewer than two."""
    return (products - first * second / n) / (n - 1) if n > 1 else 0.0


def interval(mean: float, variance: float, n: int) -> MeanQuality:
    """A mean in [0, 1] with its interval, cut to [0, 1]; none of fewer than `LEAST_PAIRS`."""
    mean = min(1.0, max(0.0, mean))
    if n < LEAST_PAIRS:
        return MeanQuality(mean, None, None)
    from scipy.special import stdtrit  # brings in SciPy, which starting the command line does without

    margin = float(stdtrit(n - 1, (1 + CONFIDENCE) / 2)) * math.sqrt(max(0.0, variance))
    return MeanQuality(mean, max(0.0, mean - margin), min(1.0, mean + margin))
