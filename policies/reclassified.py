"""Logged calls as they would have been classified under another table's threshold, as far as the log says it.

A guess and its confidence are logged, whether it was sure enough or not, so that another threshold only changes which
guesses count. Where the step left the task type open (`auto`), it changes with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from policies.logged_calls import Asked, Bools, Codes, Column, Floats, LoggedCalls
from policies.rule_table import RuleTable
from policies.types import AUTO


@dataclass(frozen=True, slots=True)
class Classes:
    """What is known of the classifier: its own threshold (None: not known), and the task type of each category."""

    threshold: float | None = None
    task_types: Mapping[str, str] = field(default_factory=dict)


def is_as_logged(table: RuleTable, log: LoggedCalls) -> bool:
    """Whether a table judges every guess as those in force then did: nothing has to be known of the classifier."""
    asked = [log.asked.values[code] for code in np.unique(log.asked.codes).tolist()]
    same = all(one.is_known and one.ambiguous_below == table.ambiguous_below for one in asked)
    return same or bool(np.isnan(log.confidence).all())


def reclassify(table: RuleTable, log: LoggedCalls, classes: Classes) -> LoggedCalls:
    """The log with what would have been ambiguous under a table, and the task types that `auto` would have become.

    Confidence is NaN where the threshold is not known; `is_type_known` false where the log does not say whether the
    step had left the task type open.
    """
    thresholds = thresholds_of(table, log, classes.threshold)
    # Without any guess a call is ambiguous, whatever the threshold; NaN as a threshold: as it was.
    has_guess = log.category.spread(lambda category: category is not None, np.arange(log.n_rows))
    is_unknown = np.isinf(thresholds) & has_guess & ~np.isnan(log.confidence)
    is_judged = ~np.isnan(thresholds) & ~np.isinf(thresholds) & has_guess & ~np.isnan(log.confidence)
    is_ambiguous = np.where(is_judged, log.confidence < thresholds, log.is_ambiguous)
    is_other = is_ambiguous != log.is_ambiguous
    task_type, is_type_known = task_types_of(log, is_other, is_ambiguous, classes)
    was_auto = log.is_auto.spread(lambda is_auto: is_auto is not False, np.arange(log.n_rows))
    return replace(
        log,
        confidence=np.where(is_unknown, np.nan, log.confidence),
        is_ambiguous=is_ambiguous,
        task_type=task_type,
        is_type_known=log.is_type_known & is_type_known & ~(is_unknown & was_auto),
    )


def thresholds_of(table: RuleTable, log: LoggedCalls, own: float | None) -> Floats:
    """The threshold of each row under a table: NaN where it is what it was, infinite where it is not known.

    A table without one takes the classifier's own, as did the table that was in force then, if it had none either.
    """
    if table.ambiguous_below is not None:
        return np.full(log.n_rows, table.ambiguous_below)

    def threshold(asked: Asked) -> float:
        if asked.is_known and asked.ambiguous_below is None:
            return np.nan
        return np.inf if own is None else own

    values = np.array([threshold(asked) for asked in log.asked.values], np.float64)
    thresholds: Floats = values[log.asked.codes] if len(values) else np.zeros(0)
    return thresholds


def task_types_of(
    log: LoggedCalls, is_other: Bools, is_ambiguous: Bools, classes: Classes
) -> tuple[Column[str], Bools]:
    """Each row's task type, and whether it is known: `auto` becomes its category's where that is sure."""
    values = list(log.task_type.values)

    def code_of(task_type: str) -> int:
        if task_type not in values:
            values.append(task_type)
        return values.index(task_type)

    becomes = [code_of(classes.task_types.get(name or "", AUTO)) for name in log.category.values]
    of_category: Codes = np.array(becomes, np.int64)[log.category.codes] if becomes else np.zeros(0, np.int64)
    auto = code_of(AUTO)
    rows = np.arange(log.n_rows)
    is_open = log.is_auto.spread(lambda is_auto: is_auto is True, rows) | (log.task_type.codes == auto)
    codes = np.where(is_other & is_open, np.where(is_ambiguous, auto, of_category), log.task_type.codes)
    is_known: Bools = ~is_other | is_open | log.is_auto.spread(lambda is_auto: is_auto is not None, rows)
    return Column(codes, values), is_known
