"""Models that fail, slow down, get dearer or worse lose their traffic within a run, and have it back when well.

A world of three models with known truth: the router predicts what was true before, decides ten calls at a time, and
sees what came of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from policies.catalogue import parse_catalogue
from policies.performance import PerformancePolicy
from policies.pulse import Pulse, attempted, scored
from policies.terms import Terms
from policies.types import CellMean, Request, RoutingState, Weights

CHUNK, BEFORE, DURING, AFTER = 10, 300, 700, 1500
COMMON = "context_window: 9000, max_output_tokens: 900"
MODELS = f"""
models:
  - {{name: best, deployments: [{{litellm_model: toy/best}}], price: {{input: 1, output: 2}}, {COMMON}}}
  - {{name: second, deployments: [{{litellm_model: toy/second}}], price: {{input: 1, output: 2}}, {COMMON}}}
  - {{name: poor, deployments: [{{litellm_model: toy/poor}}], price: {{input: 1, output: 1}}, {COMMON}}}
"""
CATALOGUE = parse_catalogue(MODELS, file="m.yaml")
QUALITIES = {"best": 0.85, "second": 0.75, "poor": 0.4}
WEIGHTS = Weights("w-1", tuple(CellMean("generate", name, 400, q, 0.02, 0.001, 1.0) for name, q in QUALITIES.items()))


@dataclass(frozen=True, slots=True)
class Truth:
    """What calls on one model come to."""

    quality: float
    failure_rate: float = 0.01
    latency_ratio: float = 1.0
    cost_ratio: float = 1.0


NORMAL = {name: Truth(quality) for name, quality in QUALITIES.items()}
PARTLY = "every third attempt fails"
SICK = {
    "outage": Truth(0.85, failure_rate=1.0),
    PARTLY: Truth(0.85, failure_rate=0.35),
    "five times as slow": Truth(0.85, latency_ratio=5.0),
    "three times as dear": Truth(0.85, cost_ratio=3.0),
    "a silent drop of quality": Truth(0.35),
}
TERMS = Terms(multiplier=150.0, latency_price=0.05)


def asked(i: int) -> Request:
    return Request(f"call-{i}", f"item-{i}", "answer", "generate", "a question", 400, 400)


def simulate(truth_at: Callable[[int], Mapping[str, Truth]], *, n: int, seed: int, terms: Terms = TERMS) -> list[str]:
    """The model of each call."""
    rng = np.random.default_rng(seed)
    pulses: dict[str, Pulse] = {}
    chosen: list[str] = []
    policy = PerformancePolicy(terms)
    while len(chosen) < n:
        requests = [asked(i) for i in range(len(chosen), len(chosen) + CHUNK)]
        state = RoutingState(seed=seed, pulses=dict(pulses))
        for decision in policy.decide(requests, CATALOGUE, weights=WEIGHTS, state=state):
            name = str(decision.model)
            pulses[name] = see(pulses.get(name, Pulse()), truth_at(len(chosen))[name], QUALITIES[name], rng)
            chosen.append(name)
    return chosen


def see(pulse: Pulse, truth: Truth, predicted: float, rng: np.random.Generator) -> Pulse:
    """What one call shows."""
    if rng.random() < truth.failure_rate:
        return attempted(pulse, is_failure=True)
    noise = float(rng.lognormal(0, 0.3))
    pulse = attempted(
        pulse, is_failure=False, latency_ratio=truth.latency_ratio * noise, cost_ratio=truth.cost_ratio * noise
    )
    return scored(pulse, "generate", float(rng.random() < truth.quality) - predicted)


def share(chosen: Sequence[str], name: str) -> float:
    return chosen.count(name) / len(chosen)


def switches(chosen: Sequence[str]) -> int:
    """How often the model of most of fifty calls changed."""
    majorities = [share(chosen[i : i + 50], "best") > 0.5 for i in range(0, len(chosen) - 49, 50)]
    return sum(a != b for a, b in itertools.pairwise(majorities))


def ailing(ailment: str, *, seed: int) -> tuple[list[str], list[str], list[str]]:
    """The models of the calls before an ailment of the best one, those after its first fifty, those at the end."""

    def truth_at(call: int) -> Mapping[str, Truth]:
        return NORMAL | {"best": SICK[ailment]} if BEFORE <= call < DURING else NORMAL

    chosen = simulate(truth_at, n=AFTER, seed=seed)
    affected = [i for i in range(BEFORE, DURING) if chosen[i] == "best"]
    later = chosen[affected[min(len(affected), 50) - 1] + 1 : DURING]
    assert switches(chosen) == 2 or ailment == PARTLY  # away and back, no more
    return chosen[:BEFORE], later, chosen[-300:]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("ailment", [name for name in SICK if name != PARTLY])
def test_traffic_leaves_a_model_that_ails_within_fifty_calls_and_returns_when_it_is_well(
    ailment: str, seed: int
) -> None:
    before, later, at_the_end = ailing(ailment, seed=seed)
    assert share(before, "best") > 0.95
    assert share(later, "best") <= 0.1
    assert share(at_the_end, "best") >= 0.9


@pytest.mark.parametrize("seed", range(3))
def test_a_model_that_fails_now_and_then_keeps_little_of_its_traffic(seed: int) -> None:
    _, later, at_the_end = ailing(PARTLY, seed=seed)
    assert share(later, "best") <= 0.4  # five of the calls that try it again often succeed in a row
    assert share(at_the_end, "best") >= 0.9


@pytest.mark.parametrize("seed", range(5))
def test_a_healthy_model_keeps_its_traffic(seed: int) -> None:
    chosen = simulate(lambda _: NORMAL, n=AFTER, seed=seed)
    assert share(chosen, "best") > 0.95


def test_a_step_that_forbids_exploration_does_not_try_an_ailing_model() -> None:
    def truth_at(call: int) -> Mapping[str, Truth]:
        return NORMAL | {"best": SICK["outage"]} if call >= BEFORE else NORMAL

    chosen = simulate(truth_at, n=700, seed=1, terms=replace(TERMS, probing=0.0))
    assert "best" not in chosen[BEFORE + 50 :]


def test_what_its_latest_calls_showed_is_told_and_the_trial_has_its_probability() -> None:
    pulse = Pulse()
    for _ in range(12):
        pulse = attempted(pulse, is_failure=True)
    state = RoutingState(pulses={"best": pulse})
    decisions = PerformancePolicy(TERMS).decide([asked(i) for i in range(400)], CATALOGUE, weights=WEIGHTS, state=state)
    tried = [d for d in decisions if d.model == "best"]
    assert {(d.propensity, d.explored) for d in tried} == {(TERMS.probing, True)}
    assert {d.propensity for d in decisions if d.model == "second"} == {1 - TERMS.probing}
    assert 5 < len(tried) < 45
    reasons = {c.model: c.reason for d in decisions if d.model == "second" for c in d.candidates}
    assert reasons["best"] == "more useful than second but for its latest calls: 65% expected to fail"
