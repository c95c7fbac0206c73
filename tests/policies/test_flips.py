"""What is said to have put a model first does so, and a little less does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.flips import Flip, flip_of, tell_flip
from policies.performance import PerformancePolicy
from policies.pricing import make_price
from policies.selection import policy_named
from policies.terms import Terms
from policies.types import Catalogue, Decision, Model, Request, RoutingState

Build = Callable[..., Request]
CALLS = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def decide(request: Request, catalogue: Catalogue, terms: Terms) -> Decision:
    return PerformancePolicy(terms).decide([request], catalogue, weights=None, state=RoutingState())[0]


def changed(catalogue: Catalogue, name: str, change: Callable[[Model], Model]) -> Catalogue:
    """The catalogue with one model changed."""
    models = tuple(change(model) if model.name == name else model for model in catalogue.models)
    return replace(catalogue, models=models, version="c-changed")


def better(model: Model, gain: float) -> Model:
    return replace(model, prior_quality={"default": model.prior("generate") + gain})


def cheaper(model: Model, cut: float) -> Model:
    """The model at a lower price; its cost has nine places, so that the cut is not exact."""
    rates = [
        None if rate is None else rate * (10**6 - round(cut * 10**6)) / 10**6
        for rate in (model.price.input, model.price.output)
    ]
    return replace(model, price=make_price(model.name, input=rates[0], output=rates[1]))


@CALLS
@given(
    lambda_=st.sampled_from([0.0, 1.0, 40.0, 2000.0]),
    latency_price=st.sampled_from([0.0, 0.05]),
    size=st.integers(500, 900),
)
def test_what_would_have_put_a_model_first_does(
    toy: Catalogue, request_of: Build, lambda_: float, latency_price: float, size: int
) -> None:
    terms, request = Terms(lambda_, latency_price), request_of(input_tokens=size)
    decision = decide(request, toy, terms)
    for candidate in decision.candidates:
        flip = flip_of(candidate, decision)
        if flip is None:
            assert candidate.utility is None or not candidate.eligible or candidate.model == decision.model
            continue
        name = candidate.model
        if flip.quality_gain is not None:
            for gain, is_first in ((flip.quality_gain + 1e-6, True), (flip.quality_gain - 1e-6, False)):
                again = decide(request, changed(toy, name, lambda m, g=gain: better(m, g)), terms)  # type: ignore[misc] # mypy infers no lambda with defaults
                assert (again.model == name) is is_first
        if flip.price_cut is not None:
            for cut, is_first in ((flip.price_cut + 1e-3, True), (flip.price_cut - 1e-3, False)):
                if 0 < cut < 1:
                    again = decide(request, changed(toy, name, lambda m, c=cut: cheaper(m, c)), terms)  # type: ignore[misc] # as above
                    assert (again.model == name) is is_first


@pytest.mark.parametrize("spec", ["strongest", "cheapest", "random", "rules"])
def test_other_policies_are_not_told_of(toy: Catalogue, toy_table: object, request_of: Build, spec: str) -> None:
    asked = request_of(tags=frozenset({"urgent", "paid"}))
    decision = policy_named(spec, table=toy_table).decide([asked], toy, weights=None, state=RoutingState())[0]  # type: ignore[arg-type] # a rule table
    assert [flip_of(one, decision) for one in decision.candidates] == [None] * 4


@pytest.mark.parametrize(
    ("flip", "said"),
    [
        (Flip(0.0123, None), "quality +0.012"),
        (Flip(None, 0.256), "25.6% off its price"),
        (Flip(0.5, 0.1), "quality +0.500 or 10.0% off its price"),
        (Flip(None, None), ""),
    ],
)
def test_it_is_told_in_words(flip: Flip, said: str) -> None:
    assert tell_flip(flip) == said
