"""Cascades in the offline evaluation: a check of a given precision and recall is simulated on the recorded outcomes.

Each cascade is one more column beside the models: predicted by `policies.cascade.expected` from what the router
predicts of its two models and what the half learned from shows of the check, and come true by the recorded outcomes and
the check's draws. So it competes for each prompt by the same q - λc as the models do, unless it refuses itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from policies.cascade.evidence import KNOWS_NOTHING, beta_error, drawn
from policies.cascade.expected import Check, check_of, pair_up
from policies.cascade.theory import mixture_at
from policies.evaluation.groups import group_means, rows_by_task_type
from policies.evaluation.outcomes import Floats, Outcomes
from policies.evaluation.prompts import Prompts
from policies.evaluation.router import Predictions
from policies.evaluation.table import OutcomeTable

Flags = npt.NDArray[np.bool_]
LEAST_LIFT = 1e-9  # of a cascade over the mixtures, so that rounding makes none


@dataclass(frozen=True, slots=True)
class NoisyCheck:
    """The check that is simulated: `precision` of the answers that pass are right, a share `recall` of the right pass.

    Both in (0, 1]. A precision below what is right anyway can't be had: then the check passes wrong answers at most
    like a check that passes all of them.
    """

    precision: float
    recall: float

    def draw(self, outcomes: Outcomes, rng: np.random.Generator) -> Flags:
        """Which answers pass, (n, m); an answer of quality 0.7 passes like a right one in 0.7 of the cases."""
        made = check_of(self.precision, self.recall, outcomes.quality.mean(axis=0))
        return np.asarray(rng.random(outcomes.quality.shape) < made.pass_rate(outcomes.quality))


@dataclass(frozen=True, slots=True)
class Learned:
    """What a half shows: the check's pass rates by task type, each of (m,), and how models go together, (m, m)."""

    checks: dict[str, Check]
    overall: Check
    correlation: Floats

    def check_for(self, prompts: Prompts) -> Check:
        """The rates of each prompt's task type, (n, m); of an unseen one those over all."""
        found = [self.checks.get(name, self.overall) for name in prompts.task_types]
        return Check(
            np.array([one.pass_right for one in found]),
            np.array([one.pass_wrong for one in found]),
            np.array([one.right_se for one in found]),
            np.array([one.wrong_se for one in found]),
        )


def learn_check(table: OutcomeTable, passes: Flags) -> Learned:
    """Pass rates of each task type drawn towards the model's over all, and these towards knowing nothing."""
    quality = table.outcomes.quality
    right, wrong = (np.full(quality.shape[1], prior) for prior in KNOWS_NOTHING)
    overall = rates_of(quality, passes, Check(right, wrong))
    by_task = {
        name: rates_of(quality[rows], passes[rows], overall) for name, rows in rows_by_task_type(table.prompts).items()
    }
    return Learned(by_task, overall, correlation_of(table))


def rates_of(quality: Floats, passes: Flags, prior: Check) -> Check:
    """The rates of some answers, (n, m), drawn towards a prior by `PRIOR_ANSWERS`."""
    n_right, n_wrong = quality.sum(axis=0), (1 - quality).sum(axis=0)
    right = drawn((quality * passes).sum(axis=0), n_right, prior.pass_right)
    wrong = drawn(((1 - quality) * passes).sum(axis=0), n_wrong, prior.pass_wrong)
    return Check(right, wrong, beta_error(right, n_right), beta_error(wrong, n_wrong))


def correlation_of(table: OutcomeTable) -> Floats:
    """The models' correlation within task types, (m, m); 0 where one of two models is always equally good."""
    quality = table.outcomes.quality
    zero = np.zeros(quality.shape[1])
    means = group_means(table.prompts, quality, prior=zero, weight=0.0)
    residual = quality - np.array([means[name] for name in table.prompts.task_types])
    spread = np.sqrt((residual**2).sum(axis=0))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (residual.T @ residual) / np.outer(spread, spread)
    return np.where(np.isfinite(found), found, 0.0)


@dataclass(frozen=True, slots=True)
class Menu:
    """Predictions and outcomes of n prompts on m models and then m(m - 1) cascades; `offered` is (n, cascades)."""

    predictions: Predictions
    outcomes: Outcomes
    offered: Flags


def pairs_of(n_models: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """First and second model of every cascade."""
    first, second = np.nonzero(~np.eye(n_models, dtype=bool))
    return first, second


def add_cascades(
    predictions: Predictions, outcomes: Outcomes, prompts: Prompts, *, learned: Learned, passes: Flags
) -> Menu:
    """The menu of models and cascades; a cascade that refuses itself for a prompt is worth nothing there, and dear."""
    first, second = pairs_of(len(outcomes.models))
    errors = np.zeros_like(predictions.quality) if predictions.quality_se is None else predictions.quality_se
    expected = pair_up(
        np.clip(predictions.quality, 0, 1),
        predictions.cost_usd,
        learned.check_for(prompts),
        quality_se=errors,
        correlation=learned.correlation,
    )
    quality, cost = expected.quality[:, first, second], expected.cost_usd[:, first, second]
    offered = quality > mixture_at(predictions.quality, predictions.cost_usd, cost) + LEAST_LIFT
    worst, dearest = float(predictions.quality.min()) - 1, float(cost.max()) + 1
    return Menu(
        Predictions(
            np.hstack([predictions.quality, np.where(offered, quality, worst)]),
            np.hstack([predictions.cost_usd, np.where(offered, cost, dearest)]),
        ),
        outcomes_with(outcomes, passes),
        offered,
    )


def outcomes_with(outcomes: Outcomes, passes: Flags) -> Outcomes:
    """The recorded outcomes, and what each cascade would have come to."""
    first, second = pairs_of(len(outcomes.models))
    kept = passes[:, first]
    quality = np.where(kept, outcomes.quality[:, first], outcomes.quality[:, second])
    cost = outcomes.cost_usd[:, first] + np.where(kept, 0.0, outcomes.cost_usd[:, second])
    names = tuple(f"{outcomes.models[a]} → {outcomes.models[b]}" for a, b in zip(first, second, strict=True))
    return Outcomes(
        outcomes.models + names, np.hstack([outcomes.quality, quality]), np.hstack([outcomes.cost_usd, cost])
    )
