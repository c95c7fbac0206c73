"""Rules that the traffic of the last days never came to."""

from __future__ import annotations

from collections.abc import Mapping

from policies.findings import Finding
from policies.rule_table import RuleTable


def lint_matches(table: RuleTable, counts: Mapping[str, int], *, n_days: int) -> tuple[Finding, ...]:
    """One warning per rule that decided nothing in so many days, where rules decided anything at all.

    `counts` are decisions by rule name. The default may rest.
    """
    n_decisions = sum(counts.values())
    if not n_decisions:
        return ()
    return tuple(
        Finding(
            "warning",
            "never-matched",
            table.file,
            rule.line,
            f"rule {rule.name} took none of the {n_decisions:,} requests that rules decided in the last {n_days} days",
        )
        for rule in table.rules[:-1]
        if not counts.get(rule.name)
    )
