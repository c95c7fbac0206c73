"""No decision ever violates a need: whatever the catalogue, the rules, the policy, the draws or the failures.

What a model can do is drawn as plain facts, from which both its skills and the truth about a need are derived.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from policies.pricing import make_price
from policies.rules import parse_rules
from policies.selection import policy_named
from policies.skills import LEVELS, deployments_for
from policies.terms import Terms
from policies.types import Catalogue, CellMean, Deployment, Model, Policy, Request, RoutingState, Weights

AREAS = {"eu-central-1": "eu", "eu-west-2": "uk", "us-east-1": "us", None: None}
CONTEXTS = (8_000, 128_000)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What is true of one deployment and its model."""

    area: str | None
    languages: frozenset[str]
    level: int
    words: frozenset[str]
    takes_images: bool
    is_structured: bool
    context: int


NEEDS: Mapping[str, Callable[[Endpoint], bool]] = {
    "region:eu": lambda e: e.area == "eu",
    "region:us": lambda e: e.area == "us",
    "lang:de": lambda e: "de" in e.languages,
    "lang:de-at": lambda e: "de" in e.languages or "de-at" in e.languages,
    "level:mid": lambda e: e.level >= LEVELS.index("mid"),
    "level:expert": lambda e: e.level >= LEVELS.index("expert"),
    "hipaa": lambda e: "hipaa" in e.words,
    "no-training": lambda e: "no-training" in e.words,
    "modality:image": lambda e: e.takes_images,
    "modality:text": lambda e: e.context > 0,  # every model
    "structured-output": lambda e: e.is_structured,
    "context:100k": lambda e: e.context >= 100_000,
    "ours": lambda e: "ours" in e.words,
}


@dataclass(frozen=True, slots=True)
class Situation:
    """A catalogue with what is true of its deployments, by their names, and what is asked of a policy."""

    catalogue: Catalogue
    truth: Mapping[str, Endpoint]
    policy: Policy
    requests: tuple[Request, ...]
    weights: Weights | None
    state: RoutingState

    def is_met(self, request: Request, model: str) -> bool:
        """Whether some deployment of a model has all that the request needs."""
        names = [deployment.name for deployment in self.catalogue[model].deployments]
        return any(all(NEEDS[need](self.truth[name]) for need in request.needs) for name in names)


@st.composite
def some_models(draw: st.DrawFn) -> tuple[tuple[Model, ...], Mapping[str, Endpoint]]:
    """Up to four models, and the truth about their deployments."""
    models, truth = [], {}
    for n in range(draw(st.integers(1, 4))):
        languages = draw(st.frozensets(st.sampled_from(["en", "de", "de-at"])))
        level, words = draw(st.integers(-1, 3)), draw(st.frozensets(st.sampled_from(["hipaa", "no-training", "ours"])))
        takes_images, is_structured = draw(st.booleans()), draw(st.booleans())
        context = draw(st.sampled_from(CONTEXTS))
        area = draw(st.sampled_from(["eu", "us", None]))
        deployments = []
        for k in range(draw(st.integers(1, 3))):
            region, own = draw(st.sampled_from([*AREAS])), draw(st.frozensets(st.sampled_from(["hipaa", "ours"])))
            place = AREAS[region] or area
            truth[f"m{n}-{k}"] = Endpoint(place, languages, level, words | own, takes_images, is_structured, context)
            deployments.append(Deployment(f"m{n}-{k}", "toy/m", "toy", region=region, skills=own))
        skills = {*(f"lang:{one}" for one in languages), *words}
        skills |= {f"level:{LEVELS[level]}"} if level >= 0 else set()
        skills |= {"modality:image"} if takes_images else set()
        skills |= {f"region:{area}"} if area else set()
        rate = draw(st.one_of(st.none(), st.decimals(0, 10, places=2)))
        price = make_price(f"m{n}", input=rate, output=rate)
        prior = {"default": draw(st.sampled_from([0.2, 0.5, 0.9]))}
        models.append(
            Model(f"m{n}", tuple(deployments), price, context, 2_000, prior, skills=frozenset(skills),
                  has_structured_output=is_structured)
        )  # fmt: skip
    return tuple(models), truth


@st.composite
def some_outcomes(draw: st.DrawFn, names: Sequence[str]) -> str:
    """What a rule may say of who serves."""
    shortlist = draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
    policy = draw(st.sampled_from(["performance", "cheapest", "strongest"]))
    share = draw(st.sampled_from([0, 0.5, 1]))
    return draw(
        st.sampled_from(
            [
                f"{{model: {shortlist[0]}}}",
                f"{{shortlist: [{', '.join(shortlist)}]}}",
                f"{{shortlist: [{', '.join(shortlist)}], policy: {policy}, share: {share}}}",
                f"{{policy: {policy}}}",
            ]
        )
    )


@st.composite
def some_situations(draw: st.DrawFn) -> Situation:
    """Everything that a decision may depend on."""
    models, truth = draw(some_models())
    catalogue, names = Catalogue(models, "c-1"), [model.name for model in models]
    uses = [draw(some_outcomes(names)) for _ in range(3)]
    rules = f"rules: [{{name: r, when: {{tags_any: [t]}}, use: {uses[0]}}}]\nambiguous: {{use: {uses[1]}}}\n"
    table = parse_rules(f"{rules}default: {{use: {uses[2]}}}", file="rules.yaml", catalogue=catalogue)
    spec = draw(st.sampled_from(["rules", "rules", "performance", "strongest", "cheapest", "random", "fixed:m0"]))
    multiplier = draw(st.sampled_from([None, 0.0, 100.0]))
    some_needs = st.frozensets(st.sampled_from([*NEEDS]), max_size=3)
    requests = tuple(
        Request(
            f"call-{n}",
            "i",
            "s",
            "generate",
            "text",
            draw(st.sampled_from([10, 9_000])),
            100,
            needs=draw(some_needs),
            prefers=draw(some_needs),
            is_ambiguous=draw(st.booleans()),
            tags=draw(st.sampled_from([frozenset(), frozenset({"t"})])),
            is_structured=draw(st.booleans()),
        )
        for n in range(draw(st.integers(1, 4)))
    )
    unit = st.floats(0, 1)
    cells = tuple(CellMean("generate", name, 9, draw(unit), draw(unit), None, 1.0) for name in names)
    return Situation(
        catalogue,
        truth,
        policy_named(spec, table=table, terms=Terms(multiplier, exploration=0.3)),
        requests,
        draw(st.sampled_from([None, Weights("w-1", cells)])),
        RoutingState({}, draw(st.sampled_from([None, Decimal("0.001"), Decimal(1)])), draw(st.integers(0, 2**32))),
    )


@settings(max_examples=150)
@given(some_situations())
def test_no_decision_and_no_fallback_violates_a_need_however_often_models_fail(situation: Situation) -> None:
    catalogue, out = situation.catalogue, dict[str, str]()
    for _ in range(len(catalogue.models) + 1):
        state = RoutingState(dict(out), situation.state.remaining_usd, situation.state.seed)
        decisions = situation.policy.decide(situation.requests, catalogue, weights=situation.weights, state=state)
        for request, decision in zip(situation.requests, decisions, strict=True):
            for name in (decision.model, *decision.fallbacks):
                assert name is None or (situation.is_met(request, name) and name not in out)
            for candidate in decision.candidates:
                assert not candidate.eligible or situation.is_met(request, candidate.model)
        out |= {decision.model: "it failed" for decision in decisions if decision.model is not None}


@settings(max_examples=50)
@given(some_situations())
def test_a_call_goes_to_every_deployment_that_meets_its_needs_and_to_no_other(situation: Situation) -> None:
    for request in situation.requests:
        for model in situation.catalogue.models:
            right = [
                d for d in model.deployments if all(NEEDS[need](situation.truth[d.name]) for need in request.needs)
            ]
            assert list(deployments_for(request, model)) == right
