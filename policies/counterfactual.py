"""What another table would have decided for logged calls: each distinct case once, by the policy itself.

Where the rule is known, a decision depends on little more of a request than its sizes and needs, so that few cases
stand for many calls.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from policies.logged_calls import Bools, Codes, Column, LoggedCalls
from policies.logged_cases import Sources, case_keys, codes_of, paired, states_of
from policies.logged_draws import draw_multipliers, draw_shares, draw_trials
from policies.rule_match import Match, Rule
from policies.rule_search import HIDDEN, Found, find_rules
from policies.rule_table import RuleTable
from policies.rules import RulesPolicy
from policies.terms import Terms
from policies.types import Decision, Request, RoutingState

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

    A rule that weighs cost takes the λ that was logged, and 0 where there was none; the price of latency, and what is
    tried to learn, are those of then too.
    """
    found = find_rules(table, log)
    has_state = log.state.spread(lambda state: state is not None, np.arange(log.n_rows))
    rows = np.flatnonzero((found.numbers != HIDDEN) & has_state)
    drawn = draw_shares(found, log, rows)
    log = replace(log, lambda_=draw_multipliers(drawn, log, rows))
    states = states_of(log, rows, sources)
    is_tried = draw_trials(drawn, log, rows)
    keys = case_keys(drawn, log, rows, states, sources)
    if is_tried.any():  # each by itself: what is tried is drawn by the call's own id
        keys = paired(codes_of(keys), np.where(is_tried, np.arange(1, len(rows) + 1), 0))
    _, firsts, inverse = np.unique(keys, return_index=True, return_inverse=True)
    cases = rows[firsts]
    names: dict[str, int] = {}
    decided = np.full(len(cases), REFUSED, np.int64)
    some = Cases(cases, Column(states.codes[firsts], states.values), is_tried[firsts])
    for case, decision in decide_cases(table, drawn, log, some, sources):
        if decision.model is not None:
            decided[case] = names.setdefault(decision.model, len(names))
    numbers = np.full(log.n_rows, UNDECIDED, np.int64)
    numbers[rows] = decided[inverse]
    n_hidden = int((found.numbers == HIDDEN).sum())
    return Supposed(tuple(names), numbers, n_hidden, log.n_rows - n_hidden - len(rows), len(cases))


@dataclass(frozen=True, slots=True)
class Cases:
    """Rows that stand for others, the state that each is decided in, and whether it tries another model to learn."""

    rows: Codes
    states: Column[RoutingState]
    is_tried: Bools


class Together(NamedTuple):
    """What cases have in common that are decided together; `seed` counts where another model is tried."""

    rule: int
    state: int
    catalogue: int
    weights: int
    terms: Terms
    seed: int


def decide_cases(
    table: RuleTable, found: Found, log: LoggedCalls, cases: Cases, sources: Sources
) -> Iterator[tuple[int, Decision]]:
    """Each case's number and decision; those with the same rule, state and terms are decided together."""
    together: dict[Together, list[int]] = {}
    for case in range(len(cases.rows)):
        together.setdefault(what_decides(found, log, cases, case), []).append(case)
    for shared, members in together.items():
        weights_version = log.weights_version.values[shared.weights]
        policy = RulesPolicy(only(found.rules[shared.rule], table), shared.terms)
        rows = [int(cases.rows[case]) for case in members]
        is_drawn = bool(shared.terms.exploration or shared.terms.probing)
        call_ids = log.call_ids(np.array(rows)) if is_drawn else [str(row) for row in rows]
        decisions = policy.decide(
            [request_at(log, row, call_id=call_id) for row, call_id in zip(rows, call_ids, strict=True)],
            sources.catalogue_of(log.catalogue_version.values[shared.catalogue]),
            weights=None if weights_version is None else sources.weights_of(weights_version),
            state=replace(cases.states.values[shared.state], seed=shared.seed),
        )
        yield from zip(members, decisions, strict=True)


def what_decides(found: Found, log: LoggedCalls, cases: Cases, case: int) -> Together:
    """What a case has in common with others."""
    row = int(cases.rows[case])
    is_tried, terms = bool(cases.is_tried[case]), log.terms.at(row)
    multiplier = float(np.nan_to_num(log.lambda_[row]))
    terms = replace(terms, multiplier=multiplier, dither=0.0)  # it is each call's own
    state = log.state.at(row)
    return Together(
        rule=int(found.numbers[row]),
        state=int(cases.states.codes[case]),
        catalogue=int(log.catalogue_version.codes[row]),
        weights=int(log.weights_version.codes[row]),
        terms=terms if is_tried else replace(terms, exploration=0.0, probing=0.0),
        seed=state.seed if is_tried and state is not None else 0,
    )


def only(rule: Rule, table: RuleTable) -> RuleTable:
    """A table that takes every request by one rule."""
    every = replace(rule, match=Match(), words=None, pattern=None)
    return replace(table, rules=(every,), ambiguous=None)


def request_at(log: LoggedCalls, row: int, *, call_id: str) -> Request:
    """What a policy needs of a call once its rule is known."""
    return Request(
        call_id=call_id,
        item_id="",
        step=log.step.at(row),
        task_type=log.task_type.at(row),
        text="",
        input_tokens=int(log.input_tokens[row]),
        max_output_tokens=int(log.max_output_tokens[row]),
        needs=log.needs.at(row),
        is_structured=log.is_structured.at(row),
        prefers=log.prefers.at(row),
        forecast=log.forecast.at(row),
    )
