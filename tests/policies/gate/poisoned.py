"""A tenth of the calls judged by one who wants the worst model to be used, and what that does to what is learned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal, TypeAlias

import numpy as np

from policies.gate.sources import Pull, beyond_cap
from policies.offpolicy.log import Bools, Floats
from tests.policies.gate.simulated import MODELS, TASKS, Scenario, SimulatedLog, evidence_of, is_promoted, log_calls
from warehouse.weights_fit import SOURCE_CAP

CAP, SHARE = SOURCE_CAP, 0.10
# All calls alike; only those of the best model; or only those of the best model and of the worst.
Attack: TypeAlias = Literal["everywhere", "the best", "the best and the worst"]
ATTACKS: tuple[Attack, ...] = ("everywhere", "the best", "the best and the worst")


def poison(log: SimulatedLog, truth: Floats, attack: Attack, rng: np.random.Generator) -> tuple[SimulatedLog, Bools]:
    """The log as the ledger adopts it, a person's word before a check's, and which calls the person judged."""
    best, worst = truth.argmax(axis=1)[log.task], truth.argmin(axis=1)[log.task]
    targets = {
        "everywhere": np.ones(len(log), bool),
        "the best": log.chosen == best,
        "the best and the worst": (log.chosen == best) | (log.chosen == worst),
    }[attack]
    judged = np.zeros(len(log), bool)
    judged[rng.permutation(np.flatnonzero(targets))[: round(SHARE * len(log))]] = True
    said = np.where(log.chosen == best, 0.0, 1.0)
    return replace(log, score=np.where(judged, said, log.score)), judged


def pulls_of(adopted: SimulatedLog, checked: Floats, judged: Bools) -> Iterator[Pull]:
    """What the ledger would say of the one person."""
    for t, m in np.ndindex(len(TASKS), len(MODELS)):
        cell = (adopted.task == t) & (adopted.chosen == m)
        n, n_judged = int(cell.sum()), int((cell & judged).sum())
        if n_judged:
            means = float(adopted.score[cell].mean()), float(checked[cell].mean())
            yield Pull(TASKS[t], MODELS[m], "person mallory", n, n_judged, means[0], n, means[1])


def without_capped(log: SimulatedLog, checked: Floats, judged: Bools, *, cap: float = CAP) -> SimulatedLog:
    """The log without the person's word in the cells that it moves beyond the cap."""
    capped = {(one.task_type, one.model) for one in beyond_cap(pulls_of(log, checked, judged), cap)}
    is_capped = np.array([[(task, model) in capped for model in MODELS] for task in TASKS])[log.task, log.chosen]
    return replace(log, score=np.where(judged & is_capped, checked, log.score))


def worths(scenario: Scenario, n: int, attack: Attack, *, epsilon: float, seed: int, cap: float = CAP) -> Floats:
    """The true worth of what routes in the end: the live weights, or learned from a clean or a poisoned log."""
    rng = np.random.default_rng((seed, 23))
    log = log_calls(scenario.truth, scenario.live, n, epsilon=epsilon, rng=rng)
    poisoned, judged = poison(log, scenario.truth, attack, rng)
    cleaned = without_capped(poisoned, log.score, judged, cap=cap)
    found = [scenario.worth(scenario.live)]
    for one in (log, cleaned):
        candidate, evidence = evidence_of(one, scenario.live, seed=seed)
        found.append(scenario.worth(candidate if is_promoted(evidence) else scenario.live))
    return np.array(found)
