"""Policies that need no prediction of a prompt: one model for all, one per task type, or any."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from policies.evaluation.choices import Means, choose, means_of
from policies.evaluation.groups import group_means
from policies.evaluation.oracle import foresee
from policies.evaluation.outcomes import Outcomes, Rows
from policies.evaluation.prompts import Prompts
from policies.evaluation.table import OutcomeTable


@dataclass(frozen=True, slots=True)
class Baselines:
    """Each baseline's means on the routed half; the choices were made on the other, except the oracle's."""

    best_single: Means
    cheapest: Means
    random: Means
    per_task_best: Means
    oracle: Means


def measure_baselines(train: OutcomeTable, test: OutcomeTable) -> Baselines:
    """Choose on `train`, measure on `test`; `random` is the expectation over models drawn with equal chances."""
    outcomes = test.outcomes
    n = len(test)
    return Baselines(
        best_single=means_of(outcomes, np.full(n, train.strongest)),
        cheapest=means_of(outcomes, np.full(n, cheapest_of(train.outcomes))),
        random=Means(float(outcomes.quality.mean()), float(outcomes.cost_usd.mean())),
        per_task_best=means_of(outcomes, best_by_task_type(train, test.prompts)),
        oracle=means_of(outcomes, choose(foresee(outcomes), 0.0)),
    )


def cheapest_of(outcomes: Outcomes) -> int:
    """The column of the lowest mean cost; of equal ones that of the best quality."""
    return int(np.lexsort((-outcomes.quality.mean(axis=0), outcomes.cost_usd.mean(axis=0)))[0])


def best_by_task_type(train: OutcomeTable, prompts: Prompts) -> Rows:
    """The best model of each prompt's task type; of a task type that `train` lacks, the best one of all."""
    overall = train.outcomes.quality.mean(axis=0)
    means = group_means(train.prompts, train.outcomes.quality, prior=overall, weight=0.0)
    best = {name: int(row.argmax()) for name, row in means.items()}
    return np.array([best.get(name, train.strongest) for name in prompts.task_types], dtype=np.intp)
