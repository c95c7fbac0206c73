"""What logged calls would be decided under other weights, each by the rule that it was decided by, without a draw.

What is tried to learn is left out: both versions that are compared would try alike. Where a rule hands over a share of
its calls, its two ways to choose stand side by side, by their probabilities.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from policies.counterfactual import Cases, decide_cases
from policies.forecast import Forecast
from policies.logged_calls import Bools, Codes, Column, Floats, LoggedCalls
from policies.logged_cases import Sources, case_keys, states_of
from policies.rule_match import Rule
from policies.rule_search import Found
from policies.rule_table import RuleTable
from policies.terms import PLAIN
from policies.types import Weights

NOBODY = -1


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """For each call the probability of each of m models, (n, m), and which of them its rule lets compete.

    Where no model may serve, all are 0.
    """

    probability: Floats
    is_possible: Bools


def choose_under(
    versions: Sequence[Weights | None],
    version: Codes,
    log: LoggedCalls,
    found: Found,
    *,
    sources: Sources,
    names: Sequence[str],
) -> Choices:
    """Decide each call under the one of the versions that `version` (n,) numbers; None knows priors alone.

    `found` numbers each call's rule. The state, λ, μ and catalogue are those that it was decided with; forecasts are
    not read: weights with a predictor go by their means here.
    """
    by_key = {f"#{number}": weights for number, weights in enumerate(versions) if weights is not None}
    named = Column(version, [f"#{number}" if weights is not None else None for number, weights in enumerate(versions)])
    blank: Column[Forecast | None] = Column(np.zeros(log.n_rows, np.int64), [None])
    plain = [replace(PLAIN, latency_price=terms.latency_price, probing=0.0) for terms in log.terms.values]
    asked = replace(log, weights_version=named, forecast=blank, terms=Column(log.terms.codes, plain))
    under = Sources(sources.catalogue_of, by_key.__getitem__)
    handed = decide(asked, Found(tuple(map(handed_over, found.rules)), found.numbers), under, names)
    shares = np.array([share_of(rule) for rule in found.rules], np.float64)[found.numbers]
    is_split = (shares > 0) & (shares < 1)
    if not (shares < 1).any():
        return handed
    kept = decide(asked, Found(tuple(map(kept_back, found.rules)), found.numbers), under, names)
    part = shares[:, None]
    probability = part * handed.probability + (1 - part) * kept.probability
    possible = np.where((shares == 0)[:, None], kept.is_possible, handed.is_possible)
    return Choices(probability, np.where(is_split[:, None], handed.is_possible | kept.is_possible, possible))


def share_of(rule: Rule) -> float:
    """The share of its calls that a rule hands over; all of them where there is nothing to choose between."""
    return rule.outcome.share if rule.outcome.chooser is not None else 1.0


def handed_over(rule: Rule) -> Rule:
    """The rule as those see it that it hands over."""
    return replace(rule, outcome=replace(rule.outcome, share=1.0))


def kept_back(rule: Rule) -> Rule:
    """The rule as the others see it: its order alone."""
    return replace(rule, outcome=replace(rule.outcome, share=1.0, chooser=None))


def decide(log: LoggedCalls, found: Found, sources: Sources, names: Sequence[str]) -> Choices:
    """Decide each distinct case once."""
    rows = np.arange(log.n_rows)
    states = states_of(log, rows, sources)
    keys = case_keys(found, log, rows, states, sources)
    _, firsts, inverse = np.unique(keys, return_index=True, return_inverse=True)
    number_of = {name: number for number, name in enumerate(names)}
    best = np.full(len(firsts), NOBODY, np.int64)
    possible = np.zeros((len(firsts), len(names)), bool)
    cases = Cases(rows[firsts], Column(states.codes[firsts], states.values), np.zeros(len(firsts), bool))
    for case, decision in decide_cases(bare_table(found), found, log, cases, sources):
        if decision.model is None:
            continue
        best[case] = number_of[decision.model]
        possible[case, [number_of[name] for name in (decision.model, *decision.fallbacks)]] = True
    probability = np.eye(len(names) + 1)[best[inverse]][:, :-1]  # of NOBODY the last, which is cut off
    # Where money counts, what has no price is never tried: `exploration.spread` weighs what can be weighed.
    is_priced = priced(log, sources, names)[log.catalogue_version.codes]
    return Choices(probability, possible[inverse] & (is_priced | (np.nan_to_num(log.lambda_) == 0)[:, None]))


def priced(log: LoggedCalls, sources: Sources, names: Sequence[str]) -> Bools:
    """For each catalogue of a log, which models have a price in it, (catalogues, m)."""
    known = np.zeros((len(log.catalogue_version.values), len(names)), bool)
    for number, version in enumerate(log.catalogue_version.values):
        prices = {model.name: model.price for model in sources.catalogue_of(version).models}
        known[number] = [
            name in prices and prices[name].input is not None and prices[name].output is not None for name in names
        ]
    return known


def bare_table(found: Found) -> RuleTable:
    """A table to ask single rules by."""
    return RuleTable(found.rules, "none", "no rules", frozenset())
