"""What a cascade is expected to cost, and how good its answer will be: of two models, and of a chain of them.

A cascade asks model A, checks the answer, keeps it if it passes, and asks model B if it does not. An answer is right or
wrong; qualities are probabilities of being right. With qualities a and b, the check's pass rates r (of right answers)
and f (of wrong ones), costs c_A, c_B and k (of the check), and s = P(both models are right):

    P(pass) = a·r + (1 - a)·f
    cost    = c_A + k + (1 - P(pass))·c_B
    quality = a·r + (1 - r)·s + (1 - f)·(b - s)

The last line: right answers that are kept, right ones that are given up and are right again, and wrong ones that are
given up where B is right. It takes the check to depend on A's answer alone, given whether that is right. With
s = a·b + ρ·√(a(1 - a)·b(1 - b)): what is hard for one model is mostly hard for the other, ρ > 0, and then B is
worth less to those who reach it than to all.

Source: the cascade of Chen, Zaharia and Zou, "FrugalGPT" (2023), whose scorer with a threshold is the check here; the
part that the second model's errors play in it, by Jitkrittum et al., "When does confidence-based cascade deferral
suffice?" (NeurIPS 2023); a cascade as one more thing to choose from at a price λ, by Dekoninck, Baader and Vechev, "A
unified approach to routing and cascading for LLMs" (2024). The formulas are derived here, from the definitions above.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from policies.allocation.arrays import Floats

# Correlation of two models' being right on a request of the same task type. Of the pairs of models in two public tables
# of recorded answers it is 0.34 (one pair) and 0.30 (mean of 36 pairs, from 0.13 to 0.44): see docs/routing.md.
CORRELATION = 0.3


@dataclass(frozen=True, slots=True)
class Check:
    """How a check takes a model's answers: it passes `pass_right` of the right and `pass_wrong` of the wrong ones.

    All are in [0, 1]. The arrays are of the shape of the models' qualities, or stretch to it. `right_se` and `wrong_se`
    are the standard errors of the rates, `cost_usd` is what the check itself costs, (m,) where that hangs on the model.
    """

    pass_right: Floats
    pass_wrong: Floats
    right_se: Floats = field(default_factory=lambda: np.zeros(1))
    wrong_se: Floats = field(default_factory=lambda: np.zeros(1))
    cost_usd: float | Floats = 0.0

    def pass_rate(self, quality: Floats) -> Floats:
        """The share of a model's answers that passes."""
        return quality * self.pass_right + (1 - quality) * self.pass_wrong

    def column(self) -> Check:
        """The same for arrays with one more axis behind the models."""
        right, wrong, right_se, wrong_se = (
            np.asarray(array)[..., None] for array in (self.pass_right, self.pass_wrong, self.right_se, self.wrong_se)
        )
        cost_usd = self.cost_usd if isinstance(self.cost_usd, float) else np.asarray(self.cost_usd)[..., None]
        return Check(right, wrong, right_se, wrong_se, cost_usd)


@dataclass(frozen=True, slots=True)
class Expected:
    """Of cascades: the quality in [0, 1] with its standard error, the cost in USD, and the share that escalates."""

    quality: Floats
    quality_se: Floats
    cost_usd: Floats
    escalation_rate: Floats


def both_right(first: Floats, second: Floats, correlation: float | Floats) -> Floats:
    """P(both are right), as far as two such models can be correlated at all (the bounds of Fréchet and Hoeffding)."""
    spread = np.sqrt(np.clip(first * (1 - first) * second * (1 - second), 0, None))
    joint = first * second + correlation * spread
    return np.clip(joint, np.maximum(first + second - 1, 0), np.minimum(first, second))


def pair_up(
    quality: Floats, cost_usd: Floats, check: Check, *, quality_se: Floats, correlation: float | Floats = CORRELATION
) -> Expected:
    """Every cascade of two of the models: (..., m) in, (..., m, m) out, first model × second.

    The diagonal, a model after itself, means nothing. The standard error is that of the first order, with qualities and
    rates that err independently; `correlation`, of all pairs or (m, m), is taken as known.
    """
    a, b = quality[..., :, None], quality[..., None, :]
    cost_a, cost_b = cost_usd[..., :, None], cost_usd[..., None, :]
    asked = check.column()
    r, f = asked.pass_right, asked.pass_wrong
    joint = both_right(a, b, correlation)
    failing = 1 - asked.pass_rate(a)
    expected = a * r + (1 - r) * joint + (1 - f) * (b - joint)
    variance = (
        ((r - (r - f) * b) * quality_se[..., :, None]) ** 2
        + (failing * quality_se[..., None, :]) ** 2
        + ((a - joint) * asked.right_se) ** 2
        + ((b - joint) * asked.wrong_se) ** 2
    )
    rate = np.broadcast_to(failing, expected.shape)
    # An unknown price is infinite; what is never asked costs nothing, whatever its price.
    then = np.multiply(rate, cost_b, out=np.zeros(expected.shape), where=rate > 0)
    return Expected(expected, np.sqrt(variance), cost_a + asked.cost_usd + then, rate)


def chain(
    qualities: Sequence[float], costs_usd: Sequence[float], checks: Sequence[Check], *, correlation: float = CORRELATION
) -> tuple[float, float]:
    """Quality and cost of a cascade of any length; the last model is not checked, so there is one check less.

    How good a later model is on what the earlier ones failed follows check by check; between models that are left, the
    correlation is taken to stay what it was, so that of three models and more the result is approximate unless it is 0.
    """
    first, *rest = [np.asarray(quality, dtype=np.float64) for quality in qualities]
    if not rest:
        return float(first), costs_usd[0]
    check, *others = checks
    joint = [both_right(first, later, correlation) for later in rest]
    right, wrong = check.pass_right.item(), check.pass_wrong.item()
    check_usd = float(check.cost_usd)
    kept, failing = float(first) * right, 1 - float(first) * right - (1 - float(first)) * wrong
    if failing <= 0:
        return kept, costs_usd[0] + check_usd
    given_up = [(1 - right) * both + (1 - wrong) * (one - both) for one, both in zip(rest, joint, strict=True)]
    reached = [float(one) / failing for one in given_up]
    quality, cost_usd = chain(reached, costs_usd[1:], others, correlation=correlation)
    return kept + failing * quality, costs_usd[0] + check_usd + failing * cost_usd


def check_of(precision: float, recall: float, quality: Floats) -> Check:
    """The check that passes a share `recall` of a model's right answers, of which among all that pass are `precision`.

    From precision = a·r / P(pass): f = a·r·(1 - p) / (p·(1 - a)). A precision below the share that is right anyway
    would take an f over 1; it is cut there, since a check may pass everything and no more.
    """
    wrong = np.clip(1 - quality, 1e-300, None)
    pass_wrong = np.clip(quality * recall * (1 - precision) / (precision * wrong), 0, 1)
    return Check(np.full_like(pass_wrong, recall), pass_wrong)
