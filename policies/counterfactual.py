"""What another table would have decided for logged calls: each distinct case once, by the policy itself.

Where the rule is known, a decision depends on little more of a request than its sizes and needs, so that few cases
stand for many calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from policies.logged_calls import Bools, Codes, Column, Floats, LoggedCalls
from policies.pricing import INPUT_SAFETY_MARGIN
from policies.rule_match import Match, Rule
from policies.rule_ranking import is_handed_over
from policies.rule_search import HIDDEN, Found, find_rules
from policies.rule_table import RuleTable
from policies.rules import RulesPolicy
from policies.types import Catalogue, Model, Request, RoutingState, Weights

UNDECIDED = -2  # in the place of a model: it can't be told what would have been decided
REFUSED = -1  # no model may serve
AMPLE_USD = Decimal(10**9)
WEIGHING = frozenset({"performance", "cheapest"})  # policies for which the cost of a prompt matters
ENOUGH = 1.001  # how far money must exceed the dearest case, which is reckoned in floats, to be no constraint


@dataclass(frozen=True, slots=True)
class Sources:
    """The catalogues and weights that decisions rested on, by their versions."""

    catalogue_of: Callable[[str], Catalogue]
    weights_of: Callable[[str], Weights]


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


def case_keys(found: Found, log: LoggedCalls, rows: Codes, states: Column[RoutingState], sources: Sources) -> Codes:
    """One number per row, equal for rows that must be decided alike."""
    choosers = [rule.outcome.chooser for rule in found.rules]
    is_weighed: Bools = np.array([chooser in WEIGHING for chooser in choosers], bool)[found.numbers[rows]]
    is_bounded = np.array([is_bound(state) for state in states.values], bool)[states.codes]
    columns = (log.task_type, log.needs, log.prefers, log.is_structured, log.catalogue_version, log.weights_version)
    parts = [states.codes, *(column.codes[rows] for column in columns), codes_of(log.max_output_tokens[rows])]
    # Where cost decides nothing, the size of a prompt only says into which context windows it fits.
    sizes = np.where(is_weighed | is_bounded, log.input_tokens[rows], -1)
    parts += [codes_of(sizes), fits_of(log, rows, sources)]
    parts.append(np.where(is_weighed, codes_of(log.lambda_[rows]), 0))
    keys = found.numbers[rows]
    for part in parts:
        keys = paired(keys, part)
    return keys


def fits_of(log: LoggedCalls, rows: Codes, sources: Sources) -> Codes:
    """For each row a number that is equal for those whose prompt and answer fit into the same context windows."""
    catalogues = [sources.catalogue_of(version) for version in log.catalogue_version.values]
    windows = np.unique([model.context_window for catalogue in catalogues for model in catalogue.models])
    fits: Codes = np.searchsorted(windows, log.input_tokens[rows] + log.max_output_tokens[rows]).astype(np.int64)
    return fits


def paired(keys: Codes, part: Codes) -> Codes:
    """One number for each distinct pair."""
    n = int(part.max(initial=0)) + 1
    if int(keys.max(initial=0)) >= np.iinfo(np.int64).max // (2 * n):
        keys = codes_of(keys)
    pairs: Codes = keys * n + part
    return pairs


def codes_of(values: Codes | Floats) -> Codes:
    """The number of each value among the distinct ones; NaN is one value."""
    codes: Codes = np.unique(values, return_inverse=True)[1].astype(np.int64)
    return codes


def states_of(log: LoggedCalls, rows: Codes, sources: Sources) -> Column[RoutingState]:
    """For each row the state that it is decided in: the logged one, where any money that suffices is as good as all.

    Where some model's price is unknown, a budget is not like none, and what suffices is `AMPLE_USD`.
    """
    plenty = AMPLE_USD if has_unknown_price(log, sources) else None
    dearest = dearest_of(log, sources)
    kinds: dict[tuple[object, ...], int] = {}
    states: list[RoutingState] = []

    def number_of(state: RoutingState) -> int:
        key = (tuple(sorted(state.unavailable.items())), state.remaining_usd)
        if key not in kinds:
            kinds[key] = len(states)
            states.append(state)
        return kinds[key]

    logged = [state or RoutingState() for state in log.state.values]
    exact = np.array([number_of(state) for state in logged], np.int64)
    ample = np.array([number_of(ample_of(state, plenty)) for state in logged], np.int64)
    left = np.array([np.inf if s.remaining_usd is None else float(s.remaining_usd) for s in logged], np.float64)
    codes = log.state.codes[rows]
    is_enough = left[codes] > dearest[rows] * ENOUGH
    return Column(np.where(is_enough, ample[codes], exact[codes]), states)


def ample_of(state: RoutingState, plenty: Decimal | None) -> RoutingState:
    """A state with more money than anything costs; without a budget as it is."""
    return state if state.remaining_usd is None else replace(state, remaining_usd=plenty)


def has_unknown_price(log: LoggedCalls, sources: Sources) -> bool:
    """Whether some model can't be held to a budget."""
    catalogues = [sources.catalogue_of(version) for version in log.catalogue_version.values]
    prices = [model.price for catalogue in catalogues for model in catalogue.models]
    return any(price.input is None or price.output is None for price in prices)


def is_bound(state: RoutingState) -> bool:
    """Whether the money left may be too little for some model."""
    return state.remaining_usd is not None and state.remaining_usd != AMPLE_USD


def dearest_of(log: LoggedCalls, sources: Sources) -> Floats:
    """An upper bound of what one attempt at each call may cost on any model of known price, in USD."""
    rates = [dearest_rates(sources.catalogue_of(version).models) for version in log.catalogue_version.values]
    per_row = np.array(rates).reshape(-1, 2)[log.catalogue_version.codes]
    bound: Floats = (log.input_tokens * INPUT_SAFETY_MARGIN + 1) * per_row[:, 0] + log.max_output_tokens * per_row[:, 1]
    return bound


def dearest_rates(models: Sequence[Model]) -> tuple[float, float]:
    """The highest rates of input and output, USD per token."""
    prices = [model.price for model in models]
    inputs = [float(rate) for price in prices for rate in (price.input, price.cached) if rate is not None]
    outputs = [float(price.output) for price in prices if price.output is not None]
    return max(inputs, default=0.0) / 1e6, max(outputs, default=0.0) / 1e6


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
        policy = RulesPolicy(only(found.rules[number], table), multiplier)
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
