"""Which logged calls must be decided alike, once their rules are known: few cases stand for many calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from policies.logged_calls import Bools, Codes, Column, Floats, LoggedCalls
from policies.options import outlook_of
from policies.pricing import INPUT_SAFETY_MARGIN
from policies.rule_ranking import WEIGHING
from policies.rule_search import Found
from policies.types import Catalogue, Model, RoutingState, Weights

AMPLE_USD = Decimal(10**9)
ENOUGH = 1.001  # how far money must exceed the dearest case, which is reckoned in floats, to be no constraint


@dataclass(frozen=True, slots=True)
class Sources:
    """The catalogues and weights that decisions rested on, by their versions."""

    catalogue_of: Callable[[str], Catalogue]
    weights_of: Callable[[str], Weights]


def case_keys(found: Found, log: LoggedCalls, rows: Codes, states: Column[RoutingState], sources: Sources) -> Codes:
    """One number per row, equal for rows that must be decided alike."""
    choosers = np.array([rule.outcome.chooser or "" for rule in found.rules])[found.numbers[rows]]
    # Without λ, cost tells apart only models that promise alike: also by a price of latency, or by their latest calls.
    prices = np.array([terms.latency_price for terms in log.terms.values], np.float64)[log.terms.codes[rows]]
    has_pulses = np.array([bool(state.pulses) for state in states.values], bool)[states.codes]
    # Of what scarce calls count each request has its own factor.
    is_scarce = np.array([bool(state.scarcity) for state in states.values], bool)[states.codes]
    has_terms = (np.nan_to_num(log.lambda_[rows]) != 0) | (prices != 0) | has_pulses | is_scarce
    # A cascade is weighed by its cost, and by the check of its step.
    checks = np.array([terms.cascade is not None for terms in log.terms.values], bool)[log.terms.codes[rows]]
    has_terms |= checks | log.forecast.spread(lambda forecast: forecast is not None, rows)
    is_performance = np.isin(choosers, WEIGHING) & (has_terms | has_ties(log, rows, sources))
    is_weighed: Bools = is_performance | (choosers == "cheapest")
    is_bounded = np.array([is_bound(state) for state in states.values], bool)[states.codes]
    columns = (log.task_type, log.needs, log.prefers, log.is_structured, log.catalogue_version, log.weights_version)
    parts = [states.codes, *(column.codes[rows] for column in columns), codes_of(log.max_output_tokens[rows])]
    # Where cost decides nothing, the size of a prompt only says into which context windows it fits.
    sizes = np.where(is_weighed | is_bounded, log.input_tokens[rows], -1)
    parts += [codes_of(sizes), fits_of(log, rows, sources)]
    parts.append(np.where(is_weighed, codes_of(log.lambda_[rows]), 0))
    parts.append(np.where(is_performance, codes_of(prices), 0))
    parts.append(np.where(is_performance & checks, log.terms.codes[rows] + 1, 0))
    parts.append(np.where(choosers != "", log.forecast.codes[rows], 0))
    parts.append(np.where(is_performance & is_scarce, 1 + np.arange(len(rows)), 0))
    keys = found.numbers[rows]
    for part in parts:
        keys = paired(keys, part)
    return keys


def has_ties(log: LoggedCalls, rows: Codes, sources: Sources) -> Bools:
    """For each row whether two models promise the same cautious quality for its task type."""
    columns = log.catalogue_version, log.weights_version, log.task_type
    n_weights, n_tasks = len(log.weights_version.values), len(log.task_type.values)
    keys = (columns[0].codes[rows] * n_weights + columns[1].codes[rows]) * n_tasks + columns[2].codes[rows]
    ties = np.zeros(len(log.catalogue_version.values) * n_weights * n_tasks, bool)
    for key in np.unique(keys).tolist():
        rest, task = divmod(key, n_tasks)
        catalogue, version = divmod(rest, n_weights)
        name = log.weights_version.values[version]
        weights = None if name is None else sources.weights_of(name)
        models = sources.catalogue_of(log.catalogue_version.values[catalogue])
        outlook = outlook_of(models, weights, log.task_type.values[task], frozenset(), frozenset())
        ties[key] = outlook.has_ties
    tied: Bools = ties[keys]
    return tied


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
        pulses = tuple((name, repr(pulse)) for name, pulse in sorted(state.pulses.items()))
        key = (tuple(sorted(state.unavailable.items())), state.remaining_usd, pulses)
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
