"""Who serves: refusals, and rules that hand a share of their requests to a policy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal

import pytest

from policies.rules import RulesPolicy, parse_rules
from policies.types import Catalogue, Decision, Request, RoutingState

Build = Callable[..., Request]
N = 4000


def decide(use: str, requests: list[Request], catalogue: Catalogue, **state: object) -> tuple[Decision, ...]:
    text = (
        f"rules: [{{name: one, when: {{task_type: generate}}, use: {use}}}]\ndefault: {{use: {{policy: cheapest}}}}\n"
    )
    policy = RulesPolicy(parse_rules(text, file="r.yaml", catalogue=catalogue))
    return policy.decide(requests, catalogue, weights=None, state=RoutingState(**state))  # type: ignore[arg-type]  # the caller's


def test_a_refusal_says_why_and_nobody_serves(toy: Catalogue, request_of: Build) -> None:
    (decision,) = decide("{refuse: personal data stays here}", [request_of(task_type="generate")], toy)
    assert (decision.model, decision.fallbacks, decision.propensity) == (None, (), 1.0)
    assert decision.refusal == "rule one refuses: personal data stays here"
    assert {c.reason for c in decision.candidates if c.eligible} == {"rule one refuses"}


def asked(request_of: Build, n: int = N) -> list[Request]:
    return [request_of(call_id=f"call-{i}", task_type="generate") for i in range(n)]


@pytest.mark.parametrize("share", [0.0, 0.2, 0.75, 1.0])
def test_a_share_of_the_requests_goes_to_the_policy_and_the_rest_by_order(
    toy: Catalogue, request_of: Build, share: float
) -> None:
    use = f"{{shortlist: [middle, large], policy: strongest, share: {share}}}"
    decisions = decide(use, asked(request_of), toy)
    counts = Counter(decision.model for decision in decisions)
    assert set(counts) <= {"large", "middle"}
    assert counts["large"] / N == pytest.approx(share, abs=4 * (0.25 / N) ** 0.5)
    probability = {"large": share, "middle": 1 - share}
    assert all(d.propensity == pytest.approx(probability[str(d.model)]) for d in decisions)
    assert not any(decision.explored for decision in decisions)


def test_a_choice_that_order_and_policy_agree_on_is_certain(toy: Catalogue, request_of: Build) -> None:
    decisions = decide("{shortlist: [large, middle], policy: strongest, share: 0.3}", asked(request_of, 50), toy)
    assert {(decision.model, decision.propensity) for decision in decisions} == {("large", 1.0)}


def test_which_requests_are_handed_over_does_not_depend_on_the_chunk(toy: Catalogue, request_of: Build) -> None:
    use = "{shortlist: [middle, large], policy: performance, share: 0.5}"
    requests = asked(request_of, 60)
    alone = [decide(use, [request], toy, seed=7)[0] for request in requests]
    assert list(decide(use, requests, toy, seed=7)) == alone
    assert [d.model for d in alone] != [d.model for d in decide(use, requests, toy, seed=8)]


def test_what_is_not_handed_over_takes_nothing_from_the_policys_budget(toy: Catalogue, request_of: Build) -> None:
    """λ is that of the requests that the policy decides; both sides know of the other's probability."""
    use = "{shortlist: [middle, large], policy: performance, share: 0.5}"
    decisions = decide(use, asked(request_of, 200), toy, remaining_usd=Decimal(1000))
    assert {decision.propensity for decision in decisions} == {0.5}
    assert {d.lambda_ for d in decisions if d.model == "large"} == {0.0}
    assert {d.lambda_ for d in decisions if d.model == "middle"} == {None}


def test_where_nothing_was_handed_over_each_probability_is_that_of_the_request_alone(
    toy: Catalogue, request_of: Build
) -> None:
    """Together they would be too dear for the policy's choice; none of them is asked to pay for the others."""
    use = "{shortlist: [middle, large], policy: performance, share: 0.0001}"
    requests = asked(request_of, 50)
    (alone,) = decide(use, requests[:1], toy)
    dear = next(c.p_cost_usd for c in alone.candidates if c.model == "large")
    assert dear is not None
    state = {"remaining_usd": dear * 10}
    together = decide(use, requests, toy, **state)
    assert together == tuple(decide(use, [request], toy, **state)[0] for request in requests)
    assert {decision.propensity for decision in together} == {1 - 0.0001}


def test_where_nobody_of_the_shortlist_may_serve_the_request_is_refused(toy: Catalogue, request_of: Build) -> None:
    use = "{shortlist: [tiny], policy: cheapest, share: 0.5}"
    requests = [request_of(call_id=f"call-{i}", task_type="generate", max_output_tokens=5000) for i in range(10)]
    assert {decision.model for decision in decide(use, requests, toy)} == {None}
