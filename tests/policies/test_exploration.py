"""What is tried instead of the most useful model, how often, and with which recorded probability."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from policies.exploration import Prospect, draw_model, expected_improvement, probe, spread, weigh
from policies.performance import PerformancePolicy
from policies.rules import RulesPolicy, parse_rules
from policies.selection import greedy
from policies.terms import Terms
from policies.types import Catalogue, CellMean, Policy, Request, RoutingState, Weights

Build = Callable[..., Request]
N_CALLS = 4_000
EPSILON = 0.2
UNIT = st.floats(-1, 1)
PROSPECTS = st.lists(st.tuples(UNIT, st.floats(0, 0.5)), min_size=1, max_size=8)
SHORTLIST = """
rules:
  - name: half
    when: {task_type: extract}
    use: {shortlist: [tiny, middle, large], policy: performance, share: 0.5}
  - name: ordered
    when: {task_type: classify}
    use: {shortlist: [middle, large]}
default: {use: {policy: performance}}
"""


@given(of=PROSPECTS, epsilon=st.one_of(st.just(0.0), st.floats(1e-6, 0.99)), seed=st.integers(0, 100))
def test_the_probabilities_of_all_models_add_up_to_1_and_the_first_keeps_its_own(
    of: list[tuple[float, float]], epsilon: float, seed: int
) -> None:
    prospects = [Prospect(i, utility, se) for i, (utility, se) in enumerate(of)]
    chances = spread(0, prospects, epsilon=epsilon)
    assert math.fsum(chances.values()) == pytest.approx(1)
    assert all(chance > 0 or epsilon == 0 for chance in chances.values())
    assert chances[0] == pytest.approx(1 - epsilon if len(of) > 1 else 1)
    assert draw_model(chances, seed=seed, call_id="c") in chances
    probed = probe(chances, 0, len(of) - 1, share=0.05)
    assert math.fsum(probed.values()) == pytest.approx(1)
    assert len(of) == 1 or probed[0] == pytest.approx(0.95 * chances[0])


def test_what_is_promising_and_little_known_is_tried_most() -> None:
    shares = weigh([Prospect(1, -0.3, 0.01), Prospect(2, -0.05, 0.2), Prospect(3, -0.05, 0.02)], 0.0)
    assert shares[2] > 5 * shares[3]
    assert shares[3] > shares[1] > 0.05


def test_where_nothing_promises_more_all_are_tried_alike() -> None:
    assert weigh([Prospect(1, -1, 0.0), Prospect(2, -2, 0.0)], 0.0) == {1: 0.5, 2: 0.5}


@pytest.mark.parametrize(("lead", "se"), [(0.0, 0.1), (0.3, 0.1), (-0.3, 0.1), (-0.02, 0.3), (0.5, 0.0), (-0.5, 0.0)])
def test_the_expected_improvement_is_the_integral(lead: float, se: float) -> None:
    if se:
        known = quad(lambda x: x * norm.pdf(x, lead, se), 0, lead + 12 * se if lead > 0 else 12 * se)[0]
    else:
        known = max(0.0, lead)
    assert expected_improvement(lead, se) == pytest.approx(known, abs=1e-9)


def chosen(policy: Policy, asked: Request, catalogue: Catalogue) -> tuple[Counter[str | None], dict[str | None, float]]:
    """How often each model was chosen for many calls that are alike, and with which recorded probability."""
    calls = [replace(asked, call_id=f"call-{i}", item_id=f"item-{i}") for i in range(N_CALLS)]
    cells = tuple(CellMean(asked.task_type, name, 30, 0.6, 0.1, 0.001, 1.0) for name in ("tiny", "middle", "large"))
    decisions = policy.decide(calls, catalogue, weights=Weights("w-1", cells), state=RoutingState(seed=5))
    recorded = {(d.model, d.propensity) for d in decisions}
    assert len(recorded) == len({model for model, _ in recorded})  # the same for every call that chose a model
    return Counter(d.model for d in decisions), dict(recorded)


@pytest.mark.parametrize("task_type", ["generate", "extract"])
def test_models_are_chosen_as_often_as_the_record_says(toy: Catalogue, request_of: Build, task_type: str) -> None:
    table = parse_rules(SHORTLIST, file="r.yaml", catalogue=toy)
    counts, recorded = chosen(RulesPolicy(table, Terms(exploration=EPSILON)), request_of(task_type=task_type), toy)
    assert math.fsum(recorded.values()) == pytest.approx(1)  # every model that may be chosen was, by 4,000 calls
    for model, chance in recorded.items():
        assert counts[model] / N_CALLS == pytest.approx(chance, abs=4 * math.sqrt(chance * (1 - chance) / N_CALLS))


def test_the_share_that_explores_is_marked_and_says_why_the_first_made_room(toy: Catalogue, request_of: Build) -> None:
    asked = [request_of(call_id=f"call-{i}") for i in range(400)]
    policy = PerformancePolicy(Terms(exploration=EPSILON))
    decisions = policy.decide(asked, toy, weights=None, state=RoutingState())
    (usual,) = {d.model for d in decisions if not d.explored}
    tried = [d for d in decisions if d.explored]
    assert 0.12 < len(tried) / len(asked) < 0.28
    for decision in tried:
        reasons = {c.model: c.reason for c in decision.candidates}
        assert reasons[str(usual)] == f"more useful than {decision.model}, which was drawn to learn more of it"
        assert decision.fallbacks[0] == usual


@pytest.mark.parametrize(("spec", "task_type"), [("rules", "classify"), ("greedy", "generate")])
def test_neither_an_ordered_shortlist_nor_a_greedy_policy_explores(
    toy: Catalogue, request_of: Build, spec: str, task_type: str
) -> None:
    policy: Policy = RulesPolicy(parse_rules(SHORTLIST, file="r.yaml", catalogue=toy), Terms(exploration=EPSILON))
    policy = greedy(policy) if spec == "greedy" else policy
    counts, recorded = chosen(policy, request_of(task_type=task_type), toy)
    assert (len(counts), list(recorded.values())) == (1, [1.0])


def test_a_shortlist_is_never_left_by_exploring(toy: Catalogue, request_of: Build) -> None:
    text = "rules: []\ndefault: {use: {shortlist: [tiny, large], policy: performance}}\n"
    policy = RulesPolicy(parse_rules(text, file="r.yaml", catalogue=toy), Terms(exploration=0.5))
    counts, _ = chosen(policy, request_of(), toy)
    assert counts.keys() == {"tiny", "large"}


def test_a_drift_opens_exploration_for_its_task_type_and_most_for_its_model(toy: Catalogue, request_of: Build) -> None:
    asked = [request_of(call_id=f"call-{i}", task_type="generate") for i in range(N_CALLS)]
    names = ("tiny", "middle", "large", "secretive")
    cells = tuple(CellMean("generate", name, 900, 0.6, 0.01, 0.001, 1.0) for name in names)
    weights, state = Weights("w-1", cells), RoutingState(seed=5, drifted={"generate": ("middle",)})

    def shares(policy: Policy, state: RoutingState = state) -> dict[str | None, float]:
        decisions = policy.decide(asked, toy, weights=weights, state=state)
        recorded = {(d.model, d.propensity) for d in decisions}
        counts = Counter(d.model for d in decisions)
        for model, chance in recorded:
            assert counts[model] / N_CALLS == pytest.approx(chance, abs=4 * math.sqrt(chance * (1 - chance) / N_CALLS))
        return {model: count / N_CALLS for model, count in counts.items()}

    open_shares = shares(PerformancePolicy(Terms()))
    (usual,) = [model for model, share in open_shares.items() if share > 0.5]
    assert usual != "middle"
    assert open_shares[usual] == pytest.approx(0.9, abs=0.02)
    assert open_shares["middle"] > 5 * max(s for m, s in open_shares.items() if m not in (usual, "middle"))
    assert shares(PerformancePolicy(Terms()), RoutingState(seed=5, drifted={"code": ("middle",)})) == {usual: 1.0}
    assert shares(greedy(PerformancePolicy(Terms()))) == {usual: 1.0}  # as of a step that forbids it
    assert shares(PerformancePolicy(Terms(exploration=0.3)))[usual] == pytest.approx(0.7, abs=0.03)
