"""Logged calls with the rule that each was decided by, and why some of them say nothing of other weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pyarrow as pa

from policies.errors import BadInputError
from policies.logged_calls import Bools, Codes, Column, LoggedCalls
from policies.rule_match import Match, Outcome, Rule
from policies.rule_search import Found
from policies.rule_table import AMBIGUOUS, DEFAULT
from policies.types import UNROUTED_TASK_TYPES
from tasks.logged_calls import column_of, log_of
from tasks.replaying import Library

# Where no rule decided, the policy that weighs: it is what weights are for. Calls at random are how its log begins.
WEIGHED = Rule(DEFAULT, Match(), Outcome(None, "performance"), 1)
WITHOUT_RULES = ("performance", "cascade", "random")


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """Calls as read, each with the number of its rule, and why it is left out ("" where it is not)."""

    log: LoggedCalls
    table: pa.Table
    found: Found
    why_not: Column[str]

    def at(self, rows: Codes) -> Asked:
        """Some of them."""
        found = Found(self.found.rules, self.found.numbers[rows])
        return Asked(
            self.log.at_rows(rows),
            self.table.take(pa.array(rows)),
            found,
            replace(self.why_not, codes=self.why_not.codes[rows]),
        )


def read_asked(table: pa.Table, library: Library) -> Asked:
    """Calls with their rules."""
    log = log_of(table, library)
    rules = column_of(table["rule"], lambda rule: rule)
    columns = (
        log.policy,
        log.task_type,
        rules,
        column_of(table["rules_version"], lambda version: version),
        log.catalogue_version,
    )
    codes = np.array([column.codes for column in columns]).T
    distinct, inverse = np.unique(codes, axis=0, return_inverse=True)
    found: list[Rule] = [WEIGHED]
    reasons: dict[str, int] = {"": 0}
    numbers, whys = np.zeros(len(distinct), np.int64), np.zeros(len(distinct), np.int64)
    rule_named = cache(lambda *key: rule_of(*key, library=library))
    for place, row in enumerate(distinct.tolist()):
        policy, task_type, name, version, catalogue = (
            column.values[code] for column, code in zip(columns, row, strict=True)
        )
        rule = rule_named(policy, task_type, name, version, catalogue)
        if isinstance(rule, str):
            whys[place] = reasons.setdefault(rule, len(reasons))
        else:
            numbers[place] = len(found)
            found.append(rule)
    numbers, why = numbers[inverse.ravel()], whys[inverse.ravel()]
    for reason, is_so in hindrances(log, table, Found(tuple(found), numbers)):
        why = np.where((why == 0) & is_so, reasons.setdefault(reason, len(reasons)), why)
    return Asked(log, table, Found(tuple(found), numbers), Column(why, list(reasons)))


def rule_of(
    policy: str, task_type: str, name: str | None, version: str | None, catalogue: str, *, library: Library
) -> Rule | str:
    """The rule that a call was decided by, or why it can't be decided again."""
    if task_type in UNROUTED_TASK_TYPES:
        return "searches"
    try:
        library.catalogue(catalogue)
    except BadInputError:
        return "their catalogue is not in the warehouse"
    if policy in WITHOUT_RULES:
        return WEIGHED
    if policy != "rules" or version is None:
        return f"the policy {policy} does not weigh"
    try:
        table = library.table(version, catalogue)
    except BadInputError:
        return "their rules are not in the warehouse"
    rules = {rule.name: rule for rule in table.rules} | ({AMBIGUOUS: table.ambiguous} if table.ambiguous else {})
    return rules.get(name or DEFAULT) or "their rule is not in the warehouse"


def hindrances(log: LoggedCalls, table: pa.Table, found: Found) -> Iterator[tuple[str, Bools]]:
    """Why calls say nothing, whatever their rule."""
    rows = np.arange(log.n_rows)
    yield "their state was not kept", log.state.spread(lambda state: state is None, rows)
    yield "no model could serve", log.model.spread(lambda model: model is None, rows)
    is_credited: Bools = table["is_credited"].to_numpy(zero_copy_only=False)
    yield "their quality is credited from final scores", is_credited
    has_check = log.terms.spread(lambda terms: terms.cascade is not None, rows)
    is_asked = log.terms.spread(lambda terms: terms.cascade is not None and terms.cascade.is_asked, rows)
    chooses = np.array([rule.outcome.chooser == "cascade" for rule in found.rules])[found.numbers]
    by_name = chooses | log.policy.spread(lambda policy: policy == "cascade", rows)
    yield "cascades compete with single models", is_asked | (has_check & by_name)
