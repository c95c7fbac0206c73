"""A cascade competes with the models at λ, is refused where it can't gain, and both are told and made again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from policies.candidates import write_down
from policies.cascade.evidence import LEVELS, CheckLevels
from policies.cascade.terms import CascadeTerms, CascadeView
from policies.features import state_of, terms_of
from policies.performance import PerformancePolicy
from policies.planning import plan_step
from policies.rule_table import RuleTable
from policies.rules import parse_rules
from policies.selection import greedy, paced, policy_named
from policies.terms import Terms
from policies.types import Catalogue, CellMean, Decision, Request, RoutingState, Weights
from policies.weighing import weigh
from policies.weights import parse_weights, weights_document

Build = Callable[..., Request]
CELLS = (
    CellMean("generate", "middle", 900, 0.70, 0.01, 0.0002, 0.9),
    CellMean("generate", "large", 900, 0.80, 0.01, 0.003, 2.0),
)
LAMBDA = 50.0  # at which large is worth its price: (0.8 - 0.7) / 0.00195 USD


def checked(passing: float, failing: float, *, is_quality: bool = False) -> CheckLevels:
    """1,000 right answers of middle and 1,000 wrong ones, of which these shares scored 0.9; the others scored 0.1."""
    right, wrong = [0] * (LEVELS + 1), [0] * (LEVELS + 1)
    right[18], right[2] = round(1000 * passing), 1000 - round(1000 * passing)
    wrong[18], wrong[2] = round(1000 * failing), 1000 - round(1000 * failing)
    n = tuple(a + b for a, b in zip(right, wrong, strict=True))
    return CheckLevels("generate", "middle", "likely", n, tuple(map(float, right)), is_quality)


GOOD = Weights("w-good-check", CELLS, checks=(checked(0.95, 0.1),))
IDLE = Weights("w-idle-check", CELLS, checks=(checked(0.6, 0.6),))
NO_LOG = Weights("w-no-check", CELLS)
ASKED = CascadeTerms("likely")


def decide(
    toy: Catalogue, request: Request, weights: Weights, terms: Terms, *, state: RoutingState | None = None
) -> Decision:
    chosen = PerformancePolicy(terms).decide([request], toy, weights=weights, state=state or RoutingState())
    return write_down(chosen[0])


def test_a_cascade_is_taken_where_it_is_the_most_useful(toy: Catalogue, request_of: Build) -> None:
    made = decide(toy, request_of(), GOOD, Terms(multiplier=LAMBDA, cascade=ASKED))
    assert made.cascade is not None
    assert made.cascade.is_taken
    assert (made.model, made.fallbacks[0]) == ("middle", "large")
    assert (made.cascade.first, made.cascade.second, made.cascade.check) == ("middle", "large", "likely")
    assert made.cascade.threshold == pytest.approx(0.9)
    assert made.cascade.learned_from == 2000
    assert made.cascade.pass_rate == pytest.approx(0.7 * 0.95 + 0.3 * 0.1, abs=0.02)
    by_name = {one.model: one for one in made.candidates}
    assert by_name["middle"].utility == made.cascade.utility
    others = [one.utility for one in made.candidates if one.utility is not None and one.model != "middle"]
    assert made.cascade.utility is not None
    assert made.cascade.utility > max(others)
    assert by_name["large"].reason == "asked next where middle's answer does not pass likely"
    assert by_name["tiny"].reason == "middle then large is more useful"


def test_its_cost_is_the_first_and_the_expected_second(toy: Catalogue, request_of: Build) -> None:
    made = decide(toy, request_of(), GOOD, Terms(multiplier=LAMBDA, cascade=ASKED))
    costs = {one.model: float(one.p_cost_usd) for one in made.candidates if one.p_cost_usd is not None}
    assert made.cascade is not None
    expected = costs["middle"] + (1 - (made.cascade.pass_rate or 0)) * costs["large"]
    assert float(made.cascade.cost_usd or 0) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("multiplier", [0.0, 5.0, 50.0, 500.0, 5000.0])
def test_a_check_that_tells_nothing_is_refused_at_every_price(
    multiplier: float, toy: Catalogue, request_of: Build
) -> None:
    plain = decide(toy, request_of(), IDLE, Terms(multiplier=multiplier))
    made = decide(toy, request_of(), IDLE, Terms(multiplier=multiplier, cascade=ASKED))
    assert made.cascade is not None
    assert not made.cascade.is_taken
    assert "single models or a mixture of them" in made.cascade.reason
    assert replace(made, cascade=None) == plain


def test_a_check_without_a_log_is_refused_unless_it_is_the_quality(toy: Catalogue, request_of: Build) -> None:
    assert decide(toy, request_of(), NO_LOG, Terms(multiplier=LAMBDA, cascade=ASKED)).cascade == CascadeView(
        "likely", False, "nothing is logged yet of how likely takes right and wrong answers"
    )
    only = Terms(multiplier=LAMBDA, cascade=replace(ASKED, is_only_check=True))
    made = decide(toy, request_of(), NO_LOG, only)
    assert made.cascade is not None
    assert made.cascade.is_taken
    assert made.cascade.threshold == 0.5
    # Whoever else judged the answers knows better than the check itself.
    assert (
        decide(toy, request_of(), IDLE, only).model == decide(toy, request_of(), IDLE, Terms(multiplier=LAMBDA)).model
    )


def test_money_that_is_short_takes_the_first_model_alone(toy: Catalogue, request_of: Build) -> None:
    short = decide(toy, request_of(), GOOD, Terms(multiplier=50_000.0, cascade=ASKED))
    assert short.model == "tiny"
    assert short.cascade is not None
    assert short.cascade.reason.startswith("tiny alone is more useful at this λ")


def test_a_threshold_that_the_step_names_is_kept(toy: Catalogue, request_of: Build) -> None:
    terms = Terms(multiplier=LAMBDA, cascade=CascadeTerms("likely", 0.3))
    made = decide(toy, request_of(), GOOD, terms)
    assert made.cascade is not None
    assert made.cascade.threshold == 0.3


def test_the_policy_cascade_uses_a_check_that_the_step_does_not_name(
    toy: Catalogue, toy_table: RuleTable, request_of: Build
) -> None:
    terms = Terms(multiplier=LAMBDA, cascade=replace(ASKED, is_asked=False))
    for spec, is_taken in (("performance", False), ("cascade", True)):
        policy = policy_named(spec, table=toy_table, terms=terms)
        (made,) = policy.decide([request_of()], toy, weights=GOOD, state=RoutingState())
        assert made.policy == spec
        assert (made.cascade is not None and made.cascade.is_taken) == is_taken


def test_a_rule_narrows_and_the_cascade_is_of_its_shortlist(toy: Catalogue, request_of: Build) -> None:
    text = "default: {use: {shortlist: [middle, large], policy: cascade}}\n"
    table = parse_rules(text, file="rules.yaml", catalogue=toy)
    terms = Terms(multiplier=LAMBDA, cascade=replace(ASKED, is_asked=False))
    (made,) = policy_named("rules", table=table, terms=terms).decide(
        [request_of()], toy, weights=GOOD, state=RoutingState()
    )
    assert made.cascade is not None
    assert made.cascade.is_taken
    assert made.fallbacks == ("large",)


def test_a_cascade_is_left_when_its_second_model_is_out(toy: Catalogue, request_of: Build) -> None:
    state = RoutingState(unavailable={"large": "its circuit is open"})
    made = decide(toy, request_of(), GOOD, Terms(multiplier=LAMBDA, cascade=ASKED), state=state)
    assert made.cascade is None or not made.cascade.is_taken


def test_exploring_leaves_the_cascade_and_the_chances_add_up(toy: Catalogue, request_of: Build) -> None:
    policy = PerformancePolicy(Terms(multiplier=LAMBDA, exploration=0.5, cascade=ASKED))
    requests = [request_of(call_id=f"call-{number}") for number in range(200)]
    made = policy.decide(requests, toy, weights=GOOD, state=RoutingState())
    taken = [one for one in made if one.cascade is not None and one.cascade.is_taken]
    assert 60 < len(taken) < 140
    assert {one.propensity for one in taken} == {0.5}
    assert all(one.explored and not one.cascade.is_taken for one in made if one not in taken and one.cascade)
    assert sum({one.model: one.propensity for one in made}.values()) == pytest.approx(1.0)


def test_a_recorded_state_has_the_check_and_makes_the_same_decision(toy: Catalogue, request_of: Build) -> None:
    terms = Terms(multiplier=LAMBDA, cascade=CascadeTerms("likely", None, is_only_check=True, is_asked=False))
    assert terms_of(state_of(RoutingState(), terms=terms)) == terms
    assert terms_of(state_of(RoutingState())) == Terms()


def test_the_menu_holds_cascades_and_the_best_model_is_still_a_model(toy: Catalogue, request_of: Build) -> None:
    requests = [request_of(call_id=f"call-{number}") for number in range(5)]
    policy = PerformancePolicy(Terms(cascade=ASKED))
    state = RoutingState(remaining_usd=Decimal("0.01"))
    weighed = weigh(requests, toy, policy, weights=GOOD, state=state)
    alone = weigh(requests, toy, PerformancePolicy(), weights=GOOD, state=state)
    assert weighed.menu.n_cascades >= 1
    assert weighed.menu.of_models.tolist() == alone.menu.value.tolist()
    made = decide(toy, requests[0], GOOD, Terms(multiplier=LAMBDA, cascade=ASKED))
    assert made.cascade is not None
    costs = weighed.menu.cost_usd[0, -weighed.menu.n_cascades :].tolist()
    assert float(made.cascade.cost_usd or 0) in [pytest.approx(cost, abs=1e-9) for cost in costs]


def test_a_chunk_with_a_budget_is_kept_within_it_by_cascades_too(toy: Catalogue, request_of: Build) -> None:
    requests = [request_of(call_id=f"call-{number}", input_tokens=90 + number) for number in range(40)]
    policy = PerformancePolicy(Terms(cascade=ASKED))
    made = policy.decide(requests, toy, weights=GOOD, state=RoutingState(remaining_usd=Decimal("0.03")))
    taken = [float(one.cascade.cost_usd or 0) for one in made if one.cascade is not None and one.cascade.is_taken]
    alone = [
        float(next(c.p_cost_usd or 0 for c in one.candidates if c.model == one.model))
        for one in made
        if one.cascade is None or not one.cascade.is_taken
    ]
    assert taken
    assert sum(taken) + sum(alone) <= 0.03


def test_greedy_and_paced_policies_keep_their_cascades(toy_table: RuleTable) -> None:
    policy = policy_named("cascade", table=toy_table, terms=Terms(cascade=ASKED))
    assert paced(greedy(policy), 2.0).name == "cascade"


def test_a_weights_document_keeps_what_is_known_of_checks() -> None:
    text = weights_document(CELLS, GOOD.checks)
    assert parse_weights(text).checks == GOOD.checks
    assert "checks" not in weights_document(CELLS)
    assert parse_weights(weights_document(CELLS)).checks == ()


def test_further_answers_are_part_of_a_cascade_s_price_and_time(toy: Catalogue, request_of: Build) -> None:
    plain = decide(toy, request_of(), GOOD, Terms(multiplier=LAMBDA, cascade=ASKED)).cascade
    terms = Terms(multiplier=LAMBDA, cascade=replace(ASKED, samples=2))
    again = decide(toy, request_of(), GOOD, terms).cascade
    assert plain is not None
    assert again is not None
    candidates = decide(toy, request_of(), GOOD, terms).candidates
    middle_usd = next(c.p_cost_usd for c in candidates if c.model == "middle")
    assert middle_usd is not None
    assert again.is_taken
    assert again.quality == plain.quality
    assert float(again.cost_usd or 0) == pytest.approx(float((plain.cost_usd or 0) + 2 * middle_usd))
    assert (again.latency_s or 0) - (plain.latency_s or 0) == pytest.approx(0.9)  # all at once, after the first
    dear = decide(toy, request_of(), GOOD, Terms(multiplier=LAMBDA, cascade=replace(ASKED, samples=20)))
    assert dear.cascade is not None
    assert not dear.cascade.is_taken  # more than it is worth
    state = state_of(RoutingState(), terms=terms)
    assert terms_of(state) == terms


def test_an_explored_call_and_a_model_alone_may_be_measured_and_the_dearest_never_is(
    toy: Catalogue, request_of: Build
) -> None:
    check = CascadeTerms("self_consistency", samples=4, measured=0.5)
    asked = [request_of(call_id=f"call-{n}") for n in range(200)]
    policy = PerformancePolicy(Terms(multiplier=LAMBDA, exploration=0.3, cascade=check))
    decisions = policy.decide(asked, toy, weights=NO_LOG, state=RoutingState())
    assert all(made.cascade is not None and not made.cascade.is_taken for made in decisions)
    explored = [made for made in decisions if made.explored]
    assert explored
    assert all(f"{made.model} alone was drawn" in made.cascade.reason for made in explored if made.cascade)


@pytest.mark.parametrize("budget", ["0.05", "0.5"])
def test_what_is_measured_is_part_of_the_plan_and_kept_within_the_budget(
    toy: Catalogue, request_of: Build, budget: str
) -> None:
    check = CascadeTerms("self_consistency", samples=3, measured=0.5)
    asked = [request_of(call_id=f"call-{n}", input_tokens=100 + n) for n in range(300)]
    state = RoutingState(remaining_usd=Decimal(budget))
    policy = PerformancePolicy(Terms(cascade=check))
    plan = plan_step(asked, toy, policy, NO_LOG, state)
    assert plan.problem is None
    assert plan.expected_usd is not None
    assert plan.expected_usd <= Decimal(budget)
    chosen = {share.model: share for share in plan.shares}
    for name, share in chosen.items():
        plain = sum(
            next(c.p_cost_usd or 0 for c in made.candidates if c.model == name)
            for made in policy.decide(asked, toy, weights=NO_LOG, state=state)
            if made.model == name
        )
        assert float(share.expected_usd or 0) == pytest.approx(float(plain) * (1 if name == "large" else 2.5), rel=1e-4)
