"""Rules that the logged traffic never came to, and why: nothing fits them, or earlier rules take all that does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from policies.findings import Finding
from policies.logged_calls import LoggedCalls
from policies.rule_match import Rule
from policies.rule_search import HIDDEN, Found, find_rules
from policies.rule_table import RuleTable

MAX_NAMED = 3


def lint_matches(table: RuleTable, counts: Mapping[str, int], *, since: str) -> tuple[Finding, ...]:
    """One warning per rule by whose name nothing was decided, where rules decided anything at all.

    `counts` are decisions by rule name. The default may rest. For logs too long to be read.
    """
    n_decisions = sum(counts.values())
    if not n_decisions:
        return ()
    return tuple(
        never_matched(table, rule, n_decisions, since) for rule in table.rules[:-1] if not counts.get(rule.name)
    )


def lint_log(table: RuleTable, log: LoggedCalls, *, since: str) -> tuple[Finding, ...]:
    """One warning per rule that this table would give none of the logged requests, with those that it would match.

    Nothing is said of a rule that reads texts which are not stored, where these could have decided.
    """
    if not log.n_rows:
        return ()
    found = find_rules(table, log)
    taken = set(np.unique(found.numbers).tolist())
    unmatched = [rule for number, rule in enumerate(table.rules[:-1]) if number not in taken]
    findings = (explain_nothing(table, rule, log, found, since=since) for rule in unmatched)
    return tuple(finding for finding in findings if finding is not None)


def explain_nothing(table: RuleTable, rule: Rule, log: LoggedCalls, found: Found, *, since: str) -> Finding | None:
    """Why a rule took none of the requests; None where that is not known."""
    alone = find_rules(replace(table, rules=(rule, table.rules[-1]), ambiguous=None), log).numbers
    rows = np.flatnonzero((alone == 0) & (found.numbers != HIDDEN))
    if rows.size:
        takers = Counter(found.rules[number].name for number in found.numbers[rows].tolist())
        named = ", ".join(f"{name} {n:,}" for name, n in takers.most_common(MAX_NAMED))
        message = f"rule {rule.name} fits {rows.size:,} requests ({since}), and earlier rules take them all: {named}"
        return Finding("warning", "shadowed", table.file, rule.line, message)
    if ((alone == HIDDEN) | (alone == 0)).any():
        return None
    return never_matched(table, rule, log.n_rows, since)


def never_matched(table: RuleTable, rule: Rule, n_requests: int, since: str) -> Finding:
    """A rule that nothing fits."""
    message = f"rule {rule.name} took none of {n_requests:,} logged requests ({since})"
    return Finding("warning", "never-matched", table.file, rule.line, message)
