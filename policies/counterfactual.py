"""What another table would have decided for logged calls: each distinct case once, by the policy itself.

Where the rule is known, a decision depends on little more of a request than its sizes and needs, so that few cases
stand for many calls.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from policies.logged_calls import Codes, Column, LoggedCalls
from policies.logged_cases import Sources, case_keys, states_of
from policies.rule_match import Match, Rule
from policies.rule_ranking import is_handed_over
from policies.rule_search import HIDDEN, Found, find_rules
from policies.rule_table import RuleTable
from policies.rules import RulesPolicy
from policies.terms import Terms
from policies.types import Request, RoutingState

UNDECIDED = -2  # in the place of a model: it can't be told what would have been decided
REFUSED = -1  # no model may serve


@dataclass(frozen=True, slots=True)
class Supposed:
    """For each call the number of its model in `models`, `REFUSED` or `UNDECIDED`, and how many are undecided and why.

    `n_cases` says how often the policy was asked.
    """

    models: tuple[str, ...]
    numbers: Codes
    n_hidden: int
    n_without_state: int
    n_cases: int


def suppose(table: RuleTable, log: LoggedCalls, sources: Sources) -> Supposed:
    """Decide every call of the log by a table, in the state and under the weights that it was decided in.

    A rule that weighs cost takes the λ that was logged, and 0 where there was none.
    """
    found = find_rules(table, log)
    has_state = log.state.spread(lambda state: state is not None, np.arange(log.n_rows))
    rows = np.flatnonzero((found.numbers != HIDDEN) & has_state)
    drawn = draw_shares(found, log, rows)
    states = states_of(log, rows, sources)
    keys = case_keys(drawn, log, rows, states, sources)
    _, firsts, inverse = np.unique(keys, return_index=True, return_inverse=True)
    cases = rows[firsts]
    names: dict[str, int] = {}
    decided = np.full(len(cases), REFUSED, np.int64)
    for case, model in decide_cases(table, drawn, log, cases, Column(states.codes[firsts], states.values), sources):
        if model is not None:
            decided[case] = names.setdefault(model, len(names))
    numbers = np.full(log.n_rows, UNDECIDED, np.int64)
    numbers[rows] = decided[inverse]
    n_hidden = int((found.numbers == HIDDEN).sum())
    return Supposed(tuple(names), numbers, n_hidden, log.n_rows - n_hidden - len(rows), len(cases))


def draw_shares(found: Found, log: LoggedCalls, rows: Codes) -> Found:
    """The same rules, with each that hands over a share of its requests as two: of those handed over, and the rest."""
    rules, numbers = list(found.rules), found.numbers.copy()
    seeds = [0 if state is None else state.seed for state in log.state.values]
    for number, rule in enumerate(found.rules):
        if rule.outcome.chooser is None or not 0 < rule.outcome.share < 1:
            continue
        members = rows[found.numbers[rows] == number]
        seed_of = log.state.codes[members]
        handed = np.fromiter(
            (
                is_handed_over(rule, call_id, seeds[state])
                for call_id, state in zip(log.call_ids(members), seed_of, strict=True)
            ),
            bool,
            len(members),
        )
        numbers[members[handed]] = len(rules)
        rules.append(replace(rule, outcome=replace(rule.outcome, share=1.0)))
        numbers[members[~handed]] = len(rules)
        rules.append(replace(rule, outcome=replace(rule.outcome, share=1.0, chooser=None)))
    return Found(tuple(rules), numbers)


def decide_cases(
    table: RuleTable, found: Found, log: LoggedCalls, rows: Codes, states: Column[RoutingState], sources: Sources
) -> Iterator[tuple[int, str | None]]:
    """Each case's number and model; those with the same rule and state are decided together."""
    lambdas = np.nan_to_num(log.lambda_)
    together: dict[tuple[int, int, int, int, float], list[int]] = {}
    for case, row in enumerate(rows.tolist()):
        versions = int(log.catalogue_version.codes[row]), int(log.weights_version.codes[row])
        key = (int(found.numbers[row]), int(states.codes[case]), *versions, float(lambdas[row]))
        together.setdefault(key, []).append(case)
    for (number, state, catalogue, weights, multiplier), cases in together.items():
        weights_version = log.weights_version.values[weights]
        policy = RulesPolicy(only(found.rules[number], table), Terms(multiplier))
        decisions = policy.decide(
            [request_at(log, int(rows[case])) for case in cases],
            sources.catalogue_of(log.catalogue_version.values[catalogue]),
            weights=None if weights_version is None else sources.weights_of(weights_version),
            state=states.values[state],
        )
        yield from zip(cases, (decision.model for decision in decisions), strict=True)


def only(rule: Rule, table: RuleTable) -> RuleTable:
    """A table that takes every request by one rule."""
    every = replace(rule, match=Match(), words=None, pattern=None)
    return replace(table, rules=(every,), ambiguous=None)


def request_at(log: LoggedCalls, row: int) -> Request:
    """What a policy needs of a call once its rule is known."""
    return Request(
        call_id=str(row),
        item_id="",
        step=log.step.at(row),
        task_type=log.task_type.at(row),
        text="",
        input_tokens=int(log.input_tokens[row]),
        max_output_tokens=int(log.max_output_tokens[row]),
        needs=log.needs.at(row),
        is_structured=log.is_structured.at(row),
        prefers=log.prefers.at(row),
    )
