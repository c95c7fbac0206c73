"""`prefers` orders models that are equal by the policy's own measure, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from policies.catalogue import parse_catalogue
from policies.rules import parse_rules
from policies.selection import policy_named
from policies.types import Catalogue, Decision, Request, RoutingState

MODEL = """
  - name: {name}
    deployments: [{{litellm_model: toy/{name}}}]
    price: {{input: {rate}, output: {rate}}}
    context_window: 8000
    max_output_tokens: 1000
    prior_quality: {{default: {quality}}}
    skills: [{skills}]
"""
ASKED = Request("c", "i", "s", "generate", "text", 100, 100, prefers=frozenset({"lang:de", "region:eu", "hipaa"}))


def catalogue_of(*models: tuple[str, float, float, str]) -> Catalogue:
    texts = [MODEL.format(name=name, rate=rate, quality=q, skills=skills) for name, rate, q, skills in models]
    return parse_catalogue("models:\n" + "".join(texts), file="c.yaml")


EQUAL = catalogue_of(
    ("none", 1, 0.5, ""), ("one", 1, 0.5, "'lang:de'"), ("two", 1, 0.5, "'lang:de', 'region:eu-west-1'")
)


def decide(
    spec: str, catalogue: Catalogue, *, default: str = "{policy: cheapest}", budget: str | None = None
) -> Decision:
    table = parse_rules(f"default: {{use: {default}}}", file="rules.yaml", catalogue=catalogue)
    state = RoutingState(remaining_usd=None if budget is None else Decimal(budget))
    return policy_named(spec, table=table).decide([ASKED], catalogue, weights=None, state=state)[0]


@pytest.mark.parametrize("spec", ["performance", "strongest", "cheapest", "rules"])
def test_of_equal_models_the_one_with_more_preferred_skills_goes_first_and_the_others_follow(spec: str) -> None:
    decision = decide(spec, EQUAL)
    assert (decision.model, decision.fallbacks) == ("two", ("one", "none"))
    loser = next(candidate for candidate in decision.candidates if candidate.model == "one")
    assert loser.reason.endswith("two, which has more of the preferred skills")


@pytest.mark.parametrize("spec", ["performance", "strongest", "cheapest"])
def test_nothing_preferred_leaves_the_catalogues_order(spec: str) -> None:
    table = parse_rules("default: {use: {model: one}}", file="rules.yaml", catalogue=EQUAL)
    asked = replace(ASKED, prefers=frozenset())
    (decision,) = policy_named(spec, table=table).decide([asked], EQUAL, weights=None, state=RoutingState())
    assert (decision.model, *decision.fallbacks) == ("none", "one", "two")


@pytest.mark.parametrize(
    ("spec", "catalogue"),
    [
        ("cheapest", catalogue_of(("wished", 1.1, 0.9, "hipaa"), ("plain", 1, 0.1, ""))),
        ("strongest", catalogue_of(("wished", 0, 0.5, "hipaa"), ("plain", 9, 0.51, ""))),
        ("performance", catalogue_of(("wished", 0, 0.5, "hipaa"), ("plain", 9, 0.51, ""))),
    ],
)
def test_a_preference_never_beats_the_policys_own_measure(spec: str, catalogue: Catalogue) -> None:
    assert decide(spec, catalogue).model == "plain"


@pytest.mark.parametrize(
    ("spec", "catalogue"),
    [
        ("cheapest", catalogue_of(("plain", 1, 0.9, ""), ("wished", 1, 0.1, "hipaa"))),
        ("strongest", catalogue_of(("plain", 0, 0.5, ""), ("wished", 9, 0.5, "hipaa"))),
        ("performance", catalogue_of(("plain", 0, 0.5, ""), ("wished", 9, 0.5, "hipaa"))),
    ],
)
def test_a_preference_comes_before_what_the_policy_only_breaks_ties_by(spec: str, catalogue: Catalogue) -> None:
    assert decide(spec, catalogue).model == "wished"


def test_a_shortlist_stays_in_the_order_in_which_it_is_written() -> None:
    decision = decide("rules", EQUAL, default="{shortlist: [none, two, one]}")
    assert (decision.model, *decision.fallbacks) == ("none", "two", "one")


def test_a_budget_that_the_preferred_model_would_exceed_is_kept() -> None:
    catalogue = catalogue_of(("plain", 1, 0.5, ""), ("wished", 5, 0.5, "hipaa"))
    table = parse_rules("default: {use: {model: plain}}", file="rules.yaml", catalogue=catalogue)
    requests = [replace(ASKED, call_id=f"c{n}") for n in range(10)]
    expected = {"plain": Decimal("0.00015"), "wished": Decimal("0.00075")}

    def choose(budget: str) -> list[str | None]:
        state = RoutingState(remaining_usd=Decimal(budget))
        decisions = policy_named("performance", table=table).decide(requests, catalogue, weights=None, state=state)
        return [decision.model for decision in decisions]

    assert choose(str(10 * expected["wished"])) == ["wished"] * 10
    assert choose(str(10 * expected["wished"] - Decimal("0.0001"))) == ["plain"] * 10
