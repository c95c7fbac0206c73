"""What was left to chance for logged calls, drawn again: a share that is handed over, and who tries another model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from policies.draws import draw_uniform
from policies.logged_calls import Bools, Codes, LoggedCalls
from policies.rule_ranking import is_handed_over
from policies.rule_search import Found


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


def draw_trials(found: Found, log: LoggedCalls, rows: Codes) -> Bools:
    """For each row whether its draw falls beyond the most useful model's part, as `exploration.explore` has it."""
    epsilons = np.array([terms.exploration for terms in log.terms.values], np.float64)[log.terms.codes[rows]]
    is_weighing = np.array([rule.outcome.chooser == "performance" and rule.outcome.share > 0 for rule in found.rules])
    is_tried = np.zeros(len(rows), bool)
    drawn = np.flatnonzero((epsilons > 0) & is_weighing[found.numbers[rows]])
    seeds = [0 if state is None else state.seed for state in log.state.values]
    for place, call_id in zip(drawn.tolist(), log.call_ids(rows[drawn]), strict=True):
        seed = seeds[int(log.state.codes[rows[place]])]
        is_tried[place] = draw_uniform(seed, call_id, purpose="explore") >= 1 - epsilons[place]
    return is_tried
