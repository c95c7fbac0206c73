"""What the ledger's decisions would be under new weights and under the live ones: the trial that the gate judges by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from policies.gate.choices import Choices, choose_under
from policies.gate.folds import N_FOLDS
from policies.gate.trial import Trial
from policies.logged_calls import Bools, Codes, Floats, LoggedCalls
from policies.logged_cases import Sources
from policies.logged_draws import may_explore_drifts
from policies.rule_ranking import WEIGHING
from policies.rule_search import Found
from tasks.logged_calls import column_of, floats, whole
from tasks.replaying import Library
from tasks.trial_calls import Asked, read_asked
from warehouse.evidence import read_facts
from warehouse.home import Home
from warehouse.query import query_arrow
from warehouse.sql import sql_text
from warehouse.weights_fit import Fit, capped_json


@dataclass(frozen=True, slots=True)
class Tried:
    """A trial, and the calls of the log that say nothing: how many, by why not.

    `sampled` is the share of the items that was read, 1 for all.
    """

    trial: Trial
    left_out: Mapping[str, int]
    sampled: float


@dataclass(frozen=True, slots=True)
class Readable:
    """The logged calls that can be decided anew, and of the others how many and why not; `sampled` as in `Tried`."""

    asked: Asked
    left_out: Mapping[str, int]
    sampled: float


def try_fit(facts: Home, fit: Fit, *, days: float, most: int) -> Tried:
    """Decide the calls of the latest days by a fit, without what it was fitted to of their items, and by its parent.

    Of more than `most` calls a share of the items is taken, by the hash of their ids: the same each time.
    """
    library = Library(facts)
    readable = readable_calls(facts, library, days=days, most=most, capped=capped_json(fit.capped))
    trial, n_odd = trial_of(readable.asked, fit, Sources(library.catalogue, library.weights))
    left_out = dict(readable.left_out)
    if n_odd:
        left_out["their model is not one that their rule lets compete"] = n_odd
    return Tried(trial, left_out, readable.sampled)


def readable_calls(home: Home, library: Library, *, days: float, most: int, capped: str = "[]") -> Readable:
    """The calls of the latest days that can be decided anew; `capped` is what `capped_json` says."""
    (n,) = read_facts(home, "n_trial_calls", {"days": days}, int)
    share = min(1.0, most / n) if n else 1.0
    parameters = {"days": days, "share": share, "n_folds": N_FOLDS, "capped": capped}
    asked = read_asked(query_arrow(home, sql_text("reads", "trial_calls"), parameters=parameters), library)
    counts = Counter(asked.why_not.values[code] for code in asked.why_not.codes.tolist())
    kept = asked.at(np.flatnonzero(asked.why_not.spread(lambda why: not why, np.arange(asked.log.n_rows))))
    return Readable(kept, {why: count for why, count in sorted(counts.items()) if why}, share)


def trial_of(asked: Asked, fit: Fit, sources: Sources) -> tuple[Trial, int]:
    """The trial, and how many calls could not have been decided as they were."""
    log, n = asked.log, asked.log.n_rows
    names = names_of(log, sources)
    fold = whole(asked.table["fold"])
    ours = choose_under(fit.held_out, fold, log, asked.found, sources=sources, names=names)
    theirs = choose_under([fit.parent], np.zeros(n, np.int64), log, asked.found, sources=sources, names=names)
    number_of = {name: number for number, name in enumerate(names)}
    chosen = np.array([number_of.get(model or "", -1) for model in log.model.values], np.int64)[log.model.codes]
    propensity = np.clip(floats(asked.table["propensity"]), 1e-9, 1.0)
    is_drawn = drawn(log, asked.found, propensity)
    is_sound = ours.is_possible[np.arange(n), chosen] | ~is_drawn
    is_sound &= (ours.probability.sum(axis=1) > 0) & (theirs.probability.sum(axis=1) > 0)
    item = column_of(asked.table["item_id"], str).codes
    trial = Trial(
        chosen=chosen,
        propensity=propensity,
        is_possible=possible(ours, theirs, chosen, is_drawn),
        item=item,
        task=log.task_type.codes,
        is_drawn=is_drawn,
        quality=log.quality,
        cost_usd=log.cost_usd,
        latency_s=log.latency_s,
        price=np.nan_to_num(log.lambda_),
        candidate=ours.probability,
        other=theirs.probability,
    )
    return trial.at(is_sound), int((~is_sound).sum())


def names_of(log: LoggedCalls, sources: Sources) -> tuple[str, ...]:
    """Every model of the log's catalogues."""
    catalogues = [sources.catalogue_of(version) for version in log.catalogue_version.values]
    logged = {model for model in log.model.values if model is not None}
    return tuple(sorted(logged | {model.name for catalogue in catalogues for model in catalogue.models}))


def drawn(log: LoggedCalls, found: Found, propensity: Floats) -> Bools:
    """Where chance decided between all models that competed: at random, or by what is tried to learn.

    That a drift had a call explored shows in its propensity, where no share of a rule is in it too.
    """
    rows = np.arange(log.n_rows)
    weighs = np.array([rule.outcome.chooser in WEIGHING and rule.outcome.share > 0 for rule in found.rules])
    is_whole = np.array([rule.outcome.share == 1 for rule in found.rules])[found.numbers]
    by_drift = may_explore_drifts(log, rows) & is_whole & (propensity < 1)
    is_explored = weighs[found.numbers] & (by_drift | log.terms.spread(lambda terms: terms.exploration > 0, rows))
    is_drawn: Bools = is_explored | log.policy.spread(lambda policy: policy == "random", rows)
    return is_drawn


def possible(ours: Choices, theirs: Choices, chosen: Codes, is_drawn: Bools) -> Bools:
    """Which models had any chance: where nothing was drawn, the chosen one alone."""
    own = np.eye(ours.is_possible.shape[1], dtype=bool)[chosen]
    return np.where(is_drawn[:, None], ours.is_possible & theirs.is_possible, own)
