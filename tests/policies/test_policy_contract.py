"""What every policy owes its callers, whatever it is asked."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from policies.cascade.terms import CascadeTerms
from policies.eligibility import judge_eligibility
from policies.forecast import Forecast, Foreseen
from policies.performance import PerformancePolicy
from policies.rule_table import RuleTable
from policies.rules import RulesPolicy
from policies.selection import policy_named
from policies.terms import Terms
from policies.types import Catalogue, CellMean, Policy, Request, RoutingState, Weights

SPECS = ("rules", "performance", "cascade", "strongest", "cheapest", "random", "fixed:middle")
NEEDS = ("lang:en", "lang:de", "region:eu", "hipaa", "offline", "no-such-skill")
EPSILON = 0.3
Policies = Callable[[], Iterator[Policy]]
MODELS = ("tiny", "middle", "large", "secretive")
CALLS = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def some_forecasts() -> st.SearchStrategy[Forecast | None]:
    """None, one that declines, or one that knows some of the models, and one that is gone."""
    seen = st.builds(
        Foreseen,
        st.integers(0, 100).map(lambda n: n / 100),
        st.integers(0, 40).map(lambda n: n / 100),
        st.none() | st.integers(1, 500),
        st.none() | st.integers(0, 50).map(lambda n: n / 10),
        st.integers(0, 50),
        st.just((0.5, 0.1, 0.0, -0.1)),
    )
    models = st.dictionaries(st.sampled_from([*MODELS, "gone"]), seen)
    declined = Forecast("p-00000000000000a5", "its text is unlike those of all calls that were scored")
    return st.none() | st.just(declined) | models.map(lambda some: Forecast("p-00000000000000a5", None, some))


@st.composite
def some_requests(draw: st.DrawFn) -> tuple[Request, ...]:
    """Up to eight requests with ids of their own."""
    n = draw(st.integers(0, 8))
    return tuple(
        Request(
            call_id=f"call-{i}-{draw(st.text(max_size=3))}",
            item_id=f"item-{i}",
            step=draw(st.sampled_from(["rewrite", "answer", "cite"])),
            task_type=draw(st.sampled_from(["generate", "extract", "classify", "rewrite"])),
            text=draw(st.one_of(st.text(max_size=20), st.sampled_from(["how many are there?", "x" * 600]))),
            input_tokens=draw(st.integers(0, 150_000)),
            max_output_tokens=draw(st.integers(1, 10_000)),
            tags=draw(st.frozensets(st.sampled_from(["urgent", "paid", "kind:name"]))),
            needs=draw(st.frozensets(st.sampled_from(NEEDS), max_size=2)),
            is_structured=draw(st.booleans()),
            forecast=draw(some_forecasts()),
        )
        for i in range(n)
    )


@st.composite
def some_weights(draw: st.DrawFn) -> Weights | None:
    """No weights, or cells for some task types and models."""
    keys = draw(st.sets(st.tuples(st.sampled_from(["generate", "extract"]), st.sampled_from(MODELS))))
    unit = st.floats(0, 1)
    cells = tuple(
        CellMean(task, model, draw(st.integers(1, 1000)), draw(unit), draw(unit), draw(unit), draw(unit))
        for task, model in sorted(keys)
    )
    version = f"w-{hash(cells)}"  # as in life: what is worked out for weights is kept by their version
    return draw(st.sampled_from([None, Weights(version, cells)]))


@st.composite
def some_states(draw: st.DrawFn, *, with_budget: bool = True) -> RoutingState:
    """Models out of service, a seed, and perhaps a budget."""
    out = draw(st.sets(st.sampled_from(MODELS), max_size=4))
    budgets = st.one_of(st.none(), st.decimals(0, 2, places=6)) if with_budget else st.none()
    return RoutingState(
        unavailable=dict.fromkeys(sorted(out), "circuit open"),
        remaining_usd=draw(budgets),
        seed=draw(st.integers(0, 2**63)),
    )


@pytest.fixture(scope="module")
def every_policy(toy_table: RuleTable) -> Policies:
    """Every policy, and the pinned forms of those that weigh cost; all are asked the same, which is slow to make up."""
    check = CascadeTerms("likely", is_only_check=True)
    pinned = {
        "performance on terms": PerformancePolicy(Terms(100.0, 0.01, EPSILON)),
        "rules on terms": RulesPolicy(toy_table, Terms(100.0, 0.01, EPSILON)),
        "cascades on terms": PerformancePolicy(Terms(100.0, 0.01, EPSILON, cascade=check), is_cascading=True),
    }
    named = {spec: policy_named(spec, table=toy_table) for spec in SPECS} | pinned

    def each() -> Iterator[Policy]:
        for name, policy in named.items():
            note(f"the policy: {name}")
            yield policy

    return each


@CALLS
@given(requests=some_requests(), weights=some_weights(), state=some_states())
def test_decides_each_request_once_in_order(
    every_policy: Policies, toy: Catalogue, requests: tuple[Request, ...], weights: Weights | None, state: RoutingState
) -> None:
    for policy in every_policy():
        decisions = policy.decide(requests, toy, weights=weights, state=state)
        assert [d.call_id for d in decisions] == [r.call_id for r in requests]
        assert {d.policy for d in decisions} <= {policy.name}
        assert {d.weights_version for d in decisions} <= {weights.version if weights else None}


@CALLS
@given(requests=some_requests(), weights=some_weights(), state=some_states())
def test_propensity_is_a_probability(
    every_policy: Policies, toy: Catalogue, requests: tuple[Request, ...], weights: Weights | None, state: RoutingState
) -> None:
    for policy in every_policy():
        for decision in policy.decide(requests, toy, weights=weights, state=state):
            assert 0 < decision.propensity <= 1
            assert decision.explored or decision.propensity in (1.0, 1 - EPSILON)


@CALLS
@given(requests=some_requests(), weights=some_weights(), state=some_states())
def test_same_arguments_same_answer_and_arguments_untouched(
    every_policy: Policies, toy: Catalogue, requests: tuple[Request, ...], weights: Weights | None, state: RoutingState
) -> None:
    for policy in every_policy():
        before = copy.deepcopy((requests, toy, weights, state))
        first = policy.decide(requests, toy, weights=weights, state=state)
        second = policy.decide(list(requests), toy, weights=weights, state=state)
        assert first == second
        assert before == (requests, toy, weights, state)


@CALLS
@given(requests=some_requests(), weights=some_weights(), state=some_states(with_budget=False), cut=st.integers(0, 12))
def test_without_a_budget_the_answer_does_not_depend_on_the_chunk(
    every_policy: Policies,
    toy: Catalogue,
    requests: tuple[Request, ...],
    weights: Weights | None,
    state: RoutingState,
    cut: int,
) -> None:
    for policy in every_policy():
        whole = policy.decide(requests, toy, weights=weights, state=state)
        head = policy.decide(requests[:cut], toy, weights=weights, state=state)
        tail = policy.decide(requests[cut:], toy, weights=weights, state=state)
        assert whole == head + tail


@CALLS
@given(requests=some_requests(), weights=some_weights(), state=some_states())
def test_no_need_limit_or_budget_is_violated(
    every_policy: Policies, toy: Catalogue, requests: tuple[Request, ...], weights: Weights | None, state: RoutingState
) -> None:
    for policy in every_policy():
        decisions = policy.decide(requests, toy, weights=weights, state=state)
        for request, decision in zip(requests, decisions, strict=True):
            for name in (decision.model, *decision.fallbacks):
                if name is not None:
                    assert judge_eligibility(request, toy[name], state=state) is None
                    assert request.needs <= toy[name].skills
                    assert name not in state.unavailable


@CALLS
@given(requests=some_requests(), weights=some_weights(), state=some_states())
def test_every_model_is_a_candidate_with_a_reason(
    every_policy: Policies, toy: Catalogue, requests: tuple[Request, ...], weights: Weights | None, state: RoutingState
) -> None:
    for policy in every_policy():
        for decision in policy.decide(requests, toy, weights=weights, state=state):
            assert [c.model for c in decision.candidates] == list(MODELS)
            for candidate in decision.candidates:
                assert (candidate.reason == "") == (candidate.model == decision.model)
                assert "\n" not in candidate.reason


@CALLS
@given(requests=some_requests(), weights=some_weights(), state=some_states())
def test_a_refusal_names_every_model_and_only_comes_without_a_model(
    every_policy: Policies, toy: Catalogue, requests: tuple[Request, ...], weights: Weights | None, state: RoutingState
) -> None:
    for policy in every_policy():
        for decision in policy.decide(requests, toy, weights=weights, state=state):
            assert (decision.refusal is None) == (decision.model is not None)
            assert len({decision.model, *decision.fallbacks}) == 1 + len(decision.fallbacks)
            if decision.refusal is not None:
                assert decision.fallbacks == ()
                assert decision.propensity == 1.0
                assert all(f"{c.model}: {c.reason}" in decision.refusal for c in decision.candidates)


@pytest.mark.parametrize("spec", SPECS)
def test_a_chosen_model_that_goes_out_of_service_is_not_chosen_again(
    spec: str, toy: Catalogue, toy_table: RuleTable
) -> None:
    asked = Request("c", "i", "answer", "generate", "text", 100, 100)
    policy = policy_named(spec, table=toy_table)
    first = policy.decide([asked], toy, weights=None, state=RoutingState())[0]
    assert first.model is not None
    state = RoutingState(unavailable={first.model: "circuit open"})
    second = policy.decide([asked], toy, weights=None, state=state)[0]
    assert second.model != first.model
    assert second.model == (first.fallbacks[0] if first.fallbacks else None)


@pytest.mark.parametrize("spec", ["performance", "cheapest"])
def test_a_catalogue_order_does_not_decide_where_cost_and_quality_differ(
    spec: str, toy: Catalogue, toy_table: RuleTable
) -> None:
    asked = Request("c", "i", "answer", "generate", "text", 100, 100)
    turned = replace(toy, models=tuple(reversed(toy.models)))
    policy = policy_named(spec, table=toy_table)
    here, there = (policy.decide([asked], c, weights=None, state=RoutingState())[0] for c in (toy, turned))
    assert here.model == there.model


def test_money_is_decimal(toy: Catalogue, toy_table: RuleTable) -> None:
    decision = policy_named("cheapest", table=toy_table).decide(
        [Request("c", "i", "answer", "generate", "text", 100, 100)], toy, weights=None, state=RoutingState()
    )[0]
    costs = {c.model: c.p_cost_usd for c in decision.candidates}
    assert costs == {
        "tiny": Decimal(0),
        "middle": Decimal("0.000200000"),
        "large": Decimal("0.002500000"),
        "secretive": None,
    }


@CALLS
@given(requests=some_requests(), weights=some_weights(), state=some_states())
def test_every_model_is_told_of_and_may_serve_exactly_where_nothing_is_in_its_way(
    every_policy: Policies, toy: Catalogue, requests: tuple[Request, ...], weights: Weights | None, state: RoutingState
) -> None:
    for policy in every_policy():
        for request, decision in zip(requests, policy.decide(requests, toy, weights=weights, state=state), strict=True):
            reasons = {name: judge_eligibility(request, toy[name], state=state) for name in MODELS}
            told = {c.model: None if c.eligible else c.reason for c in decision.candidates}
            assert told == reasons
            assert {decision.model, *decision.fallbacks} - {None} <= {name for name in MODELS if reasons[name] is None}
            assert pickle.loads(pickle.dumps(decision)) == decision  # noqa: S301 # our own bytes
