"""APGR of a router between two models, in the settings in which it has little to go by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from policies.evaluation.outcomes import Floats, Rows
from policies.evaluation.router import Router
from policies.evaluation.splits import fold
from policies.evaluation.strong_share import apgr, share_curve
from policies.evaluation.table import OutcomeTable


def gains(router: Router, train: OutcomeTable, test: OutcomeTable, *, seed: int) -> Floats:
    """The predicted gain of the stronger model on each prompt of `test`."""
    quality = router.fit(train.prompts, train.outcomes, seed=seed).predict(test.prompts).quality
    return quality[:, train.strongest] - quality[:, 1 - train.strongest]


def apgr_of_gains(score: Floats, test: OutcomeTable) -> float | None:
    """APGR where prompts go to the stronger model by a score."""
    actual, strong = test.outcomes.quality, test.strongest
    return apgr(share_curve(score, weak=actual[:, 1 - strong], strong=actual[:, strong]))


def with_labels(router: Router, train: OutcomeTable, test: OutcomeTable, *, n_labels: int, seed: int) -> float | None:
    """Learned from so many prompts of the half, drawn at random."""
    few = np.sort(np.random.default_rng(seed).permutation(len(train))[:n_labels])
    return apgr_of_gains(gains(router, train.at(few), test, seed=seed), test)


def pooled(router: Router, table: OutcomeTable, *, n_folds: int, seed: int) -> float | None:
    """Each prompt scored by the router fitted on the other folds, and all scores taken together."""
    score = np.empty(len(table))
    for split in fold(table.prompts.query_ids, n_folds, seed=seed):
        score[split.test] = gains(router, table.at(split.train), table.at(split.test), seed=seed)
    return apgr_of_gains(score, table)


def on_unseen_tasks(router: Router, table: OutcomeTable, *, n_folds: int, seed: int) -> float | None:
    """Each task type scored by the router fitted on other task types, and all scores taken together."""
    score = np.empty(len(table))
    task_types = sorted(set(table.prompts.task_types))
    for split in fold(task_types, n_folds, seed=seed):
        left_out = rows_in(table, [task_types[number] for number in split.test])
        others = rows_in(table, [task_types[number] for number in split.train])
        score[left_out] = gains(router, table.at(others), table.at(left_out), seed=seed)
    return apgr_of_gains(score, table)


def rows_in(table: OutcomeTable, task_types: Sequence[str]) -> Rows:
    """The rows of some task types."""
    return np.flatnonzero(np.isin(np.array(table.prompts.task_types), task_types))
