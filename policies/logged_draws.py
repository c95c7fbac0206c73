"""What was left to chance for logged calls, drawn again: shares, λ beside the chunk's, and who tries another model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from policies.dither import dither_of
from policies.draws import draw_uniform
from policies.logged_calls import Bools, Codes, Floats, LoggedCalls
from policies.performance import DRIFT_SHARE
from policies.rule_ranking import WEIGHING, is_handed_over
from policies.rule_search import Found

ROUNDING = 1e-12  # of a sum of probabilities


def draw_shares(found: Found, log: LoggedCalls, rows: Codes) -> Found:
    """The same rules, with each that hands over a share of its requests as two: of those handed over, and the rest."""
    rules, numbers = list(found.rules), found.numbers.copy()
    for number, rule in enumerate(found.rules):
        if rule.outcome.chooser is None or not 0 < rule.outcome.share < 1:
            continue
        members = rows[found.numbers[rows] == number]
        handed = np.fromiter(
            (is_handed_over(rule, item_id, seed) for item_id, seed in named(log, log.item_ids, members)),
            bool,
            len(members),
        )
        numbers[members[handed]] = len(rules)
        rules.append(replace(rule, outcome=replace(rule.outcome, share=1.0)))
        numbers[members[~handed]] = len(rules)
        rules.append(replace(rule, outcome=replace(rule.outcome, share=1.0, chooser=None)))
    return Found(tuple(rules), numbers)


def draw_trials(found: Found, log: LoggedCalls, rows: Codes) -> Bools:
    """For each row whether its draw may fall beyond the most useful model's part, as `exploration.draw_model` has it.

    That part is 1 - ε at least, less what of it goes to a model that lost by its latest calls alone.
    """
    epsilons = np.array([terms.exploration for terms in log.terms.values], np.float64)[log.terms.codes[rows]]
    epsilons = np.where(may_explore_drifts(log, rows), np.maximum(epsilons, DRIFT_SHARE), epsilons)
    probing = np.array([terms.probing for terms in log.terms.values], np.float64)[log.terms.codes[rows]]
    has_pulses = log.state.spread(lambda state: state is not None and bool(state.pulses), rows)
    parts = (1 - epsilons) * np.where(has_pulses, 1 - probing, 1.0)
    is_tried = np.zeros(len(rows), bool)
    drawn = np.flatnonzero((parts < 1) & is_weighing(found)[found.numbers[rows]])
    for place, draw in zip(drawn.tolist(), draws_of(log, rows[drawn], purpose="explore"), strict=True):
        is_tried[place] = draw >= parts[place] - ROUNDING
    return is_tried


def may_explore_drifts(log: LoggedCalls, rows: Codes) -> Bools:
    """For each row whether a drift may have had it explored: its step did not forbid that, and some model drifted."""
    has_drifts = log.state.spread(lambda state: state is not None and bool(state.drifted), rows)
    allowed: Bools = has_drifts & log.terms.spread(lambda terms: terms.probing > 0, rows)
    return allowed


def draw_multipliers(found: Found, log: LoggedCalls, rows: Codes) -> Floats:
    """λ of each call's own: as it was logged, else beside its chunk's (`policies.dither`)."""
    widths = np.array([terms.dither for terms in log.terms.values], np.float64)[log.terms.codes[rows]]
    multipliers = log.lambda_.copy()
    is_open = (widths > 0) & ~log.has_own_lambda[rows] & ~np.isnan(multipliers[rows])
    drawn = np.flatnonzero(is_open & is_weighing(found)[found.numbers[rows]])
    members = rows[drawn]
    for row, width, (call_id, seed) in zip(members.tolist(), widths[drawn].tolist(), ids_of(log, members), strict=True):
        multipliers[row] *= dither_of(call_id, seed=seed, width=width)
    return multipliers


def is_weighing(found: Found) -> Bools:
    """For each rule whether it has a policy choose that weighs quality against cost."""
    return np.array([rule.outcome.chooser in WEIGHING and rule.outcome.share > 0 for rule in found.rules])


def draws_of(log: LoggedCalls, rows: Codes, *, purpose: str) -> Iterator[float]:
    """The draw of each of some rows."""
    return (draw_uniform(seed, call_id, purpose=purpose) for call_id, seed in ids_of(log, rows))


def ids_of(log: LoggedCalls, rows: Codes) -> Iterator[tuple[str, int]]:
    """The call's id and the seed of each of some rows: what chance was drawn from."""
    return named(log, log.call_ids, rows)


def named(log: LoggedCalls, names: Callable[[Codes], Sequence[str]], rows: Codes) -> Iterator[tuple[str, int]]:
    """A name of each of some rows, with its seed."""
    seeds = [0 if state is None else state.seed for state in log.state.values]
    return zip(names(rows), (seeds[code] for code in log.state.codes[rows].tolist()), strict=True)
