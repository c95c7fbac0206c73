"""What each policy chooses, and why the others lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal

import pytest

from policies.catalogue import parse_catalogue
from policies.cheapest import CheapestPolicy
from policies.fixed import FixedPolicy
from policies.performance import PerformancePolicy
from policies.strongest import StrongestPolicy
from policies.terms import Terms
from policies.types import Catalogue, CellMean, Decision, Policy, Request, RoutingState, Weights
from policies.uniform import UniformPolicy

Build = Callable[..., Request]


def decide(
    policy: Policy,
    request: Request,
    catalogue: Catalogue,
    *,
    weights: Weights | None = None,
    remaining_usd: str | None = None,
    seed: int = 0,
) -> Decision:
    budget = None if remaining_usd is None else Decimal(remaining_usd)
    state = RoutingState(remaining_usd=budget, seed=seed)
    return policy.decide([request], catalogue, weights=weights, state=state)[0]


def order(decision: Decision) -> tuple[str | None, ...]:
    return (decision.model, *decision.fallbacks)


def reasons(decision: Decision) -> dict[str, str]:
    return {c.model: c.reason for c in decision.candidates}


def test_strongest_takes_the_highest_prior_whatever_it_costs(toy: Catalogue, request_of: Build) -> None:
    decision = decide(StrongestPolicy(), request_of(), toy)
    assert order(decision) == ("large", "secretive", "middle", "tiny")
    assert reasons(decision)["tiny"] == "quality 0.400 is below large's 0.900"


def test_strongest_believes_the_ledger_over_the_prior(toy: Catalogue, request_of: Build) -> None:
    weights = Weights("w-1", (CellMean("generate", "tiny", 1000, 0.99, 0.005, 0.0, 0.1),))
    decision = decide(StrongestPolicy(), request_of(), toy, weights=weights)
    assert decision.model == "tiny"
    assert decision.weights_version == "w-1"
    assert decide(StrongestPolicy(), request_of(task_type="code"), toy, weights=weights).model == "large"


def test_cheapest_takes_the_lowest_cost_and_puts_unknown_prices_last(toy: Catalogue, request_of: Build) -> None:
    decision = decide(CheapestPolicy(), request_of(), toy)
    assert order(decision) == ("tiny", "middle", "large", "secretive")
    assert reasons(decision)["secretive"] == "its price is unknown"
    assert reasons(decision)["middle"] == "costs 0.000200000 USD; tiny 0.000000000 USD"


def test_among_equally_cheap_models_the_better_one_wins(request_of: Build) -> None:
    model = (
        "{{name: {0}, deployments: [{{litellm_model: x/{0}}}], price: {{input: 1, output: 1}}, context_window: 9999,"
    )
    model += " max_output_tokens: 999, prior_quality: {{default: {1}}}}}"
    text = f"models: [{model.format('worse', 0.2)}, {model.format('better', 0.3)}]"
    catalogue = parse_catalogue(text, file="c")
    decision = decide(CheapestPolicy(), request_of(), catalogue)
    assert decision.model == "better"
    assert reasons(decision)["worse"] == "costs as much as better, and is not better"


def test_random_takes_each_eligible_model_equally_often_and_records_the_chance(
    toy: Catalogue, request_of: Build
) -> None:
    asked = [request_of(call_id=f"call-{i}", needs=frozenset({"lang:de"})) for i in range(2000)]
    decisions = UniformPolicy().decide(asked, toy, weights=None, state=RoutingState(seed=3))
    counts = Counter(d.model for d in decisions)
    assert counts.keys() == {"middle", "large"}
    assert abs(counts["middle"] - 1000) < 120  # five standard deviations
    assert {(d.propensity, d.explored) for d in decisions} == {(0.5, True)}


def test_random_draws_otherwise_from_another_seed(toy: Catalogue, request_of: Build) -> None:
    asked = [request_of(call_id=f"call-{i}") for i in range(50)]
    first, second = (
        [d.model for d in UniformPolicy().decide(asked, toy, weights=None, state=RoutingState(seed=s))] for s in (1, 2)
    )
    assert first != second


def test_random_among_one_is_no_exploration(toy: Catalogue, request_of: Build) -> None:
    decision = decide(UniformPolicy(), request_of(needs=frozenset({"hipaa"})), toy)
    assert (decision.model, decision.propensity, decision.explored) == ("large", 1.0, False)


def test_fixed_takes_its_model_or_none(toy: Catalogue, request_of: Build) -> None:
    decision = decide(FixedPolicy("tiny"), request_of(), toy)
    assert order(decision) == ("tiny",)
    assert reasons(decision)["large"] == "the policy is fixed to tiny"
    refused = decide(FixedPolicy("tiny"), request_of(is_structured=True), toy)
    assert refused.model is None
    assert refused.refusal is not None
    assert "tiny: can't answer by a JSON schema" in refused.refusal


def test_performance_without_a_budget_takes_the_best_cautious_quality(toy: Catalogue, request_of: Build) -> None:
    decision = decide(PerformancePolicy(), request_of(), toy)
    assert order(decision) == ("large", "secretive", "middle", "tiny")
    assert decision.lambda_ == 0.0
    assert reasons(decision)["middle"] == "cautious quality 0.450 is below large's 0.750"


def test_performance_prefers_what_is_known_to_what_is_only_promised(toy: Catalogue, request_of: Build) -> None:
    weights = Weights("w-1", (CellMean("generate", "middle", 1000, 0.85, 0.001, 0.0, 1.0),))
    assert decide(PerformancePolicy(), request_of(), toy, weights=weights).model == "middle"


def test_what_was_learned_of_a_model_counts_also_where_nobody_knows_its_price(
    toy: Catalogue, request_of: Build
) -> None:
    weights = Weights("w-1", (CellMean("generate", "secretive", 1000, 0.95, 0.001, None, 1.0),))
    assert decide(PerformancePolicy(), request_of(), toy, weights=weights).model == "secretive"
    assert decide(PerformancePolicy(Terms(100.0)), request_of(), toy, weights=weights).fallbacks[-1] == "secretive"


@pytest.mark.parametrize(
    ("multiplier", "chosen"),
    [(0.0, "large"), (100.0, "large"), (200.0, "middle"), (900.0, "middle"), (1100.0, "tiny")],
)
def test_the_multiplier_trades_quality_for_money(
    toy: Catalogue, request_of: Build, multiplier: float, chosen: str
) -> None:
    # large: 0.75 at 0.0025 USD, middle: 0.45 at 0.0002 USD, tiny: 0.25 at nothing
    decision = decide(PerformancePolicy(Terms(multiplier)), request_of(), toy)
    assert decision.model == chosen
    assert decision.lambda_ == multiplier


def test_a_model_of_unknown_price_is_last_while_money_is_short(toy: Catalogue, request_of: Build) -> None:
    decision = decide(PerformancePolicy(Terms(100.0)), request_of(), toy)
    assert decision.fallbacks[-1] == "secretive"
    assert reasons(decision)["secretive"] == "its price is unknown, and money is short"
    assert {c.model: c.utility for c in decision.candidates}["secretive"] is None


def test_a_better_model_that_loses_on_its_price_says_so(toy: Catalogue, request_of: Build) -> None:
    decision = decide(PerformancePolicy(Terms(1000.0)), request_of(), toy)
    assert reasons(decision)["large"].endswith("but not at its price")


def test_performance_keeps_a_batch_within_the_money_left(toy: Catalogue, request_of: Build) -> None:
    asked = [request_of(call_id=f"c{i}", input_tokens=50 + 20 * i) for i in range(20)]
    budget = Decimal("0.02")
    decisions = PerformancePolicy().decide(asked, toy, weights=None, state=RoutingState(remaining_usd=budget))
    spent = [c.p_cost_usd or Decimal(0) for d in decisions for c in d.candidates if c.model == d.model]
    assert budget / 2 < sum(spent) <= budget
    assert len({d.model for d in decisions}) > 1  # money goes where it buys most


def test_equal_utility_goes_to_the_cheaper_model(request_of: Build) -> None:
    model = "{{name: {0}, deployments: [{{litellm_model: x/{0}}}], price: {{input: {1}, output: 1}}, prior_quality: "
    model += "{{default: 0.5}}, context_window: 9999, max_output_tokens: 999}}"
    text = f"models: [{model.format('dear', 2)}, {model.format('cheap', 1)}]"
    decision = decide(PerformancePolicy(), request_of(), parse_catalogue(text, file="c"))
    assert decision.model == "cheap"
    assert reasons(decision)["dear"] == "as useful as cheap, and not cheaper"
