"""Rules whose shortlist has nobody who may serve what they are asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from policies.eligibility import judge_eligibility
from policies.findings import Finding
from policies.rule_conditions import CONDITIONS
from policies.rule_match import Rule
from policies.rule_table import RuleTable
from policies.skills import IMAGE
from policies.types import AUTO, Catalogue, Request, RoutingState

# Conditions that a step decides by itself, whatever its items.
OF_THE_STEP = frozenset({"task_type", "step", "job"})


def lint_shortlists(
    table: RuleTable, catalogue: Catalogue, steps: Sequence[Request], pictured: Sequence[Request] = ()
) -> tuple[Finding, ...]:
    """One finding per rule and step whose least request no model of the rule's shortlist may serve.

    `steps` are the least requests of jobs' steps. An error where the rule asks only for what the step decides, so that
    every call would be refused; else a warning. A rule for long prompts is also held against its models' limits alone.
    `pictured` are the least requests with an image of those steps whose items may also have none: only a warning.
    """
    return tuple(
        finding
        for rule in every_rule(table)
        for finding in (*lint_rule(rule, table, catalogue, steps), *lint_pictured(rule, table, catalogue, pictured))
    )


def lint_pictured(rule: Rule, table: RuleTable, catalogue: Catalogue, pictured: Sequence[Request]) -> Iterator[Finding]:
    """What is wrong with one rule's shortlist for items with images."""
    for step in pictured:
        reasons = reasons_against(rule, step, catalogue) if may_match(rule, step) else None
        without = replace(step, needs=step.needs - {IMAGE})
        if reasons is not None and reasons_against(rule, without, catalogue) is None:
            which = f"items with images at step {step.step} of job {step.job}"
            message = f"rule {rule.name} leaves nobody for {which}: {reasons}"
            yield Finding("warning", "emptied-shortlist", table.file, rule.line, message)


def every_rule(table: RuleTable) -> Sequence[Rule]:
    """The rules, and the one of ambiguous requests."""
    return table.rules if table.ambiguous is None else (*table.rules, table.ambiguous)


def lint_rule(rule: Rule, table: RuleTable, catalogue: Catalogue, steps: Sequence[Request]) -> Iterator[Finding]:
    """What is wrong with one rule's shortlist."""
    if rule.outcome.shortlist is None:
        return
    long = Request("", "", "", AUTO, "", input_tokens=rule.match.min_tokens, max_output_tokens=1)
    reasons = reasons_against(rule, long, catalogue)
    if reasons is not None:
        message = f"rule {rule.name} leaves nobody for prompts of {rule.match.min_tokens} tokens: {reasons}"
        yield Finding("error", "emptied-shortlist", table.file, rule.line, message)
        return
    for step in steps:
        if not may_match(rule, step):
            continue
        reasons = reasons_against(rule, step, catalogue)
        if reasons is not None:
            message = f"rule {rule.name} leaves nobody for step {step.step} of job {step.job}: {reasons}"
            yield Finding(
                "error" if is_certain(rule, step, table) else "warning",
                "emptied-shortlist",
                table.file,
                rule.line,
                message,
            )


def reasons_against(rule: Rule, request: Request, catalogue: Catalogue) -> str | None:
    """Why each model of the shortlist may not serve; None where one may, or where the rule has no shortlist."""
    if rule.outcome.shortlist is None:
        return None
    told = []
    for name in rule.outcome.shortlist:
        reason = judge_eligibility(request, catalogue[name], state=RoutingState())
        if reason is None:
            return None
        told.append(f"{name} {reason}")
    return "; ".join(told)


def may_match(rule: Rule, step: Request) -> bool:
    """Whether the rule may take requests of a step; what its items decide is open."""
    return all(
        one.holds(rule, step) or (one.name == "task_type" and step.task_type == AUTO)
        for one in CONDITIONS
        if one.name in OF_THE_STEP and one.is_given(rule.match)
    )


def is_certain(rule: Rule, step: Request, table: RuleTable) -> bool:
    """Whether the rule takes every request of a step."""
    given = {one.name for one in CONDITIONS if one.is_given(rule.match)}
    return given <= OF_THE_STEP and step.task_type != AUTO and table.find(step) is rule
