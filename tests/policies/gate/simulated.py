"""Simulated logs of a router that learns: the policy, the fit, the evidence and the gate are the real pure functions.

Items come one after the other, each with one call of one of four task types; four models answer right with a chance
that the world knows. The policy `performance` routes by the live weights and explores a share.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import numpy as np

from policies.catalogue import parse_catalogue
from policies.gate.conditions import all_hold
from policies.gate.evidence import Evidence, weigh_trial
from policies.gate.folds import N_FOLDS, FoldSums, cells_of, without_fold
from policies.gate.thresholds import Thresholds
from policies.gate.trial import Trial
from policies.gate.verdict import judge_evidence
from policies.offpolicy.log import Bools, Codes, Floats
from policies.options import list_options
from policies.performance import PerformancePolicy
from policies.ranking import Field
from policies.shrinkage import shrink_means
from policies.terms import Terms
from policies.types import Catalogue, CellMean, Request, RoutingState, Weights
from policies.utility import Utility

TASKS = ("classify", "extract", "generate", "rewrite")
MODELS = ("first", "second", "third", "fourth")
DAY = datetime(2026, 11, 25, tzinfo=UTC)
HALF_LIFE_DAYS = 30.0
LIMITS = Thresholds()


@cache
def catalogue() -> Catalogue:
    """Four models alike in all but their names."""
    models = "".join(
        f"  - {{name: {name}, deployments: [{{litellm_model: openai/{name}}}], price: {{input: 1, output: 1}},"
        " context_window: 8000, max_output_tokens: 1000, prior_quality: {default: 0.6}}\n"
        for name in MODELS
    )
    return parse_catalogue(f"models:\n{models}", file="catalog.yaml")


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedLog:
    """Calls, a row each: `score` is what was recorded of an answer, which `poison` may have made of it."""

    task: Codes
    chosen: Codes
    propensity: Floats
    score: Floats
    cost_usd: Floats
    fold: Codes
    age_days: Floats

    def __len__(self) -> int:
        return len(self.task)

    def aged(self, days: float) -> SimulatedLog:
        """The same some days later."""
        return SimulatedLog(*(getattr(self, name) for name in self.__slots__[:-1]), self.age_days + days)

    def __add__(self, other: SimulatedLog) -> SimulatedLog:
        return SimulatedLog(*(np.concatenate([getattr(one, n) for one in (self, other)]) for n in self.__slots__))

    def at(self, rows: Bools) -> SimulatedLog:
        """Some of the calls."""
        return SimulatedLog(*(getattr(self, name)[rows] for name in self.__slots__))


def chances(weights: Weights | None, epsilon: float) -> tuple[Codes, Floats]:
    """By task type the model that the policy chooses, and its probabilities with exploration, (tasks, models)."""
    policy = PerformancePolicy(Terms(multiplier=0.0, exploration=epsilon))
    asked = [Request(task, task, "answer", task, "", 100, 100) for task in TASKS]
    first, drawn = np.zeros(len(TASKS), np.int64), np.zeros((len(TASKS), len(MODELS)))
    for row, options in enumerate(list_options(asked, catalogue(), weights=weights, state=RoutingState())):
        field = Field(options, options.eligible)
        first[row] = policy.rank_one(field, lambda_=0.0).order[0]
        for number, chance in policy.chances(int(first[row]), field, Utility(options, 0.0, 0.0)).items():
            drawn[row, number] = chance
    return first, drawn


def log_calls(
    truth: Floats, weights: Weights | None, n: int, *, epsilon: float, rng: np.random.Generator
) -> SimulatedLog:
    """Log n calls in a world where `truth` (tasks, models) is the chance of a right answer."""
    probability = chances(weights, epsilon)[1] if epsilon < 1 else np.full(truth.shape, 1 / len(MODELS))
    task = rng.integers(len(TASKS), size=n)
    drawn = probability[task]
    chosen = (drawn.cumsum(axis=1) < rng.random(n)[:, None]).sum(axis=1).clip(max=len(MODELS) - 1)
    return SimulatedLog(
        task=task,
        chosen=chosen,
        propensity=drawn[np.arange(n), chosen],
        score=(rng.random(n) < truth[task, chosen]).astype(np.float64),
        cost_usd=0.001 * rng.gamma(4.0, 0.25, n),
        fold=rng.integers(N_FOLDS, size=n),
        age_days=np.zeros(n),
    )


def sums_of(log: SimulatedLog) -> tuple[FoldSums, ...]:
    """What the ledger would add up."""
    weight = 0.5 ** (log.age_days / HALF_LIFE_DAYS)
    shape = (len(TASKS), len(MODELS), N_FOLDS)
    keys = np.ravel_multi_index((log.task, log.chosen, log.fold), shape)

    def total(values: Floats) -> Floats:
        summed: Floats = np.bincount(keys, values, minlength=int(np.prod(shape))).reshape(shape)
        return summed

    n, w, squares = total(np.ones(len(log))), total(weight), total(weight**2)
    quality, quality_squares, cost = (
        total(weight * log.score),
        total(weight * log.score**2),
        total(weight * log.cost_usd),
    )
    return tuple(
        FoldSums(
            TASKS[t],
            MODELS[m],
            fold,
            n=int(n[t, m, fold]),
            n_plain=int(n[t, m, fold]),
            weight=w[t, m, fold],
            squares=squares[t, m, fold],
            quality=quality[t, m, fold],
            quality_squares=quality_squares[t, m, fold],
            cost_weight=w[t, m, fold],
            cost_usd=cost[t, m, fold],
            latency_weight=w[t, m, fold],
            latency_s=w[t, m, fold],
            data_from=DAY,
            data_to=DAY,
        )
        for t, m, fold in zip(*np.nonzero(n), strict=True)
    )


def weights_of(sums: tuple[FoldSums, ...], *, name: str) -> Weights:
    """Weights as `reweigh` fits them."""
    return Weights(name, shrink_means([total.sums for total in cells_of(sums)]))


def evidence_of(log: SimulatedLog, live: Weights | None, *, seed: int) -> tuple[Weights, Evidence]:
    """The candidate that a log gives, and what the log says of it against the live weights."""
    sums = sums_of(log)
    candidate = weights_of(sums, name=f"w-{seed}")
    held_out = [weights_of(without_fold(sums, fold), name=f"w-{seed}-{fold}") for fold in range(N_FOLDS)]
    by_fold = np.array([chances(one, 0.0)[0] for one in held_out])
    others, everyone = chances(live, 0.0)[0], np.eye(len(MODELS))
    n = len(log)
    trial = Trial(
        chosen=log.chosen,
        propensity=log.propensity,
        is_possible=np.ones((n, len(MODELS)), bool),
        item=np.arange(n),
        task=log.task,
        is_drawn=np.ones(n, bool),
        quality=log.score,
        cost_usd=log.cost_usd,
        latency_s=np.ones(n),
        price=np.zeros(n),
        candidate=everyone[by_fold[log.fold, log.task]],
        other=everyone[others[log.task]],
    )
    return candidate, weigh_trial(trial, seed=seed)


def is_promoted(evidence: Evidence) -> bool:
    """Whether the gate lets a candidate that routes otherwise in."""
    return evidence.moved_share > 0 and all_hold(judge_evidence(evidence, LIMITS, has_live=True))


@dataclass(frozen=True, slots=True, eq=False)
class Scenario:
    """A world (tasks, models), and the weights that are live in it; the first model is what they choose."""

    truth: Floats
    live: Weights

    def worth(self, weights: Weights) -> float:
        """The true quality of routing by weights, without what is tried."""
        return float(self.truth[np.arange(len(TASKS)), chances(weights, 0.0)[0]].mean())


def believing(*qualities: float, se: float = 0.03) -> Weights:
    """Weights that hold the models for so good at every task type."""
    cells = tuple(
        CellMean(task, name, 200, quality, se, 0.001, 1.0)
        for task in TASKS
        for name, quality in zip(MODELS, qualities, strict=True)
    )
    return Weights(f"believing-{qualities}-{se}", cells)


def contender(points: float) -> Scenario:
    """The second model is better than the first by `points`, and known to be close; the others are known to be worse.

    Most of what is tried goes to the second.
    """
    truth = np.tile([0.70, 0.70 + points, 0.64, 0.64], (len(TASKS), 1))
    return Scenario(truth, believing(0.72, 0.71, 0.64, 0.64))


def in_half(points: float) -> Scenario:
    """The same in half of the task types, by twice as much; in the others the second is the worse one."""
    scenario, half = contender(2 * points), len(TASKS) // 2
    truth = scenario.truth.copy()
    truth[half:, 1] = 0.68
    return Scenario(truth, scenario.live)


def unknown(points: float) -> Scenario:
    """The same, but nothing tells which of the three others is better: what is tried goes to all alike."""
    truth = np.tile([0.70, 0.70 + points, 0.64, 0.64], (len(TASKS), 1))
    return Scenario(truth, believing(0.72, 0.70, 0.70, 0.70))


def promotions_in_noise(n_weeks: int, n_calls: int, *, epsilon: float, window_weeks: int, seed: int) -> tuple[int, int]:
    """Of the weeks of a loop in which all models are alike, how many promote, and in how many nothing would move.

    In the latter the candidate's fresher figures are taken, as `reweigh` does.
    """
    rng = np.random.default_rng((seed, 11))
    truth = np.repeat(np.array([[0.9], [0.8], [0.7], [0.6]]), len(MODELS), axis=1)
    log = log_calls(truth, None, n_calls, epsilon=1.0, rng=rng)
    live = weights_of(sums_of(log), name="w-start")
    n_promoted = n_alike = 0
    for week in range(n_weeks):
        log = log.aged(7.0) + log_calls(truth, live, n_calls, epsilon=epsilon, rng=rng)
        log = log.at(log.age_days < 7 * window_weeks)
        candidate, evidence = evidence_of(log, live, seed=seed * 1000 + week)
        is_alike, is_better = evidence.moved_share == 0, is_promoted(evidence)
        n_alike, n_promoted = n_alike + is_alike, n_promoted + is_better
        live = candidate if is_alike or is_better else live
    return n_promoted, n_alike


def power(scenario: Scenario, n_calls: int, *, epsilon: float, n_runs: int, seed: int) -> float:
    """The share of logs of a better world from which the better weights are promoted."""
    held = 0
    for run in range(n_runs):
        rng = np.random.default_rng((seed, run, n_calls))
        log = log_calls(scenario.truth, scenario.live, n_calls, epsilon=epsilon, rng=rng)
        held += is_promoted(evidence_of(log, scenario.live, seed=run)[1])
    return held / n_runs
