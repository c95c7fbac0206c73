"""A forecast stands in for means, model by model; without one, or where it declines, nothing is different."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from policies.counterfactual import UNDECIDED, suppose
from policies.forecast import Forecast, Foreseen, forecast_of, told
from policies.forecasting import forecasts_of
from policies.logged_cases import Sources
from policies.options import CAUTION, Options, list_options, predict_quality
from policies.performance import PerformancePolicy
from policies.predictor.fitting import fit_predictor
from policies.rules import RulesPolicy, parse_rules
from policies.terms import Terms
from policies.types import Catalogue, CellMean, Request, RoutingState, Weights
from tests.policies.logs import log_of
from tests.policies.predictor.worlds import TELLING, make_world

Build = Callable[..., Request]
NAME = "p-00000000000000a5"
DECLINED = Forecast(NAME, "its text is unlike those of all calls that were scored")


def foreseen(quality: float, *, se: float = 0.05, tokens: int | None = 10, latency_s: float | None = 0.4) -> Foreseen:
    return Foreseen(quality, se, tokens, latency_s, 7, (0.5, 0.1, 0.0, 0.0))


def seen(request: Request, toy: Catalogue, weights: Weights | None = None) -> Options:
    return list_options([request], toy, weights=weights, state=RoutingState())[0]


def test_what_is_foreseen_stands_in_for_means_and_other_models_keep_theirs(toy: Catalogue, request_of: Build) -> None:
    weights = Weights("w-forecast-a", (CellMean("generate", "tiny", 50, 0.3, 0.02, 0.0, 2.0),))
    forecast = Forecast(
        NAME, None, {"tiny": foreseen(0.9), "large": foreseen(0.2, latency_s=None), "gone": foreseen(1)}
    )
    options = seen(request_of(forecast=forecast), toy, weights)
    tiny, middle, large = options["tiny"], options["middle"], options["large"]
    assert (tiny.quality, tiny.latency_s, large.quality) == (0.9, 0.4, 0.2)
    assert large.latency_s == toy["large"].prior_latency_s
    number = options.outlook.numbers["tiny"]
    assert options.outlook.cautious_qualities[number] == pytest.approx(0.9 - CAUTION * 0.05)
    # A model that the predictor never saw has its prior, and one that left the catalogue is no option.
    assert middle.quality == predict_quality("generate", toy["middle"], weights=weights)[0] == 0.6
    assert set(options.outlook.numbers) == {"tiny", "middle", "large", "secretive"}


def test_cost_is_that_of_the_answer_that_is_foreseen_within_the_limit(toy: Catalogue, request_of: Build) -> None:
    request = request_of(input_tokens=1_000, max_output_tokens=100)
    models = {"large": foreseen(0.5, tokens=20), "middle": foreseen(0.5, tokens=None)}
    options = seen(replace(request, forecast=Forecast(NAME, None, models)), toy)
    assert options["large"].cost_usd == Decimal("0.0106")  # 1,000 in at 10, 20 out at 30 USD per million
    assert options["middle"].cost_usd == seen(request, toy)["middle"].cost_usd  # half of the limit
    long = Forecast(NAME, None, {"large": foreseen(0.5, tokens=5_000)})
    assert seen(replace(request, forecast=long), toy)["large"].cost_usd == Decimal("0.013")


def test_where_it_declines_all_is_as_without_it(toy: Catalogue, request_of: Build) -> None:
    requests = [request_of(call_id=f"c-{n}") for n in range(6)]
    declined = [replace(request, forecast=DECLINED) for request in requests]
    policy = PerformancePolicy(Terms(exploration=0.5))
    before, after = (policy.decide(some, toy, weights=None, state=RoutingState()) for some in (requests, declined))
    assert before == after
    listed = list_options([*declined, requests[0]], toy, weights=None, state=RoutingState())
    assert len({id(options) for options in listed}) == 1


def test_each_request_goes_where_its_own_text_is_served_best(toy: Catalogue, request_of: Build) -> None:
    easy = Forecast(NAME, None, {"tiny": foreseen(0.95), "large": foreseen(0.96)})
    hard = Forecast(NAME, None, {"tiny": foreseen(0.1), "large": foreseen(0.96)})
    texts = [easy, hard, easy, hard]
    requests = [request_of(call_id=f"c-{n}", forecast=one) for n, one in enumerate(texts)]
    policy = PerformancePolicy(Terms(multiplier=100.0))
    decisions = policy.decide(requests, toy, weights=None, state=RoutingState())
    assert [decision.model for decision in decisions] == ["tiny", "large", "tiny", "large"]
    alone = [policy.decide([request], toy, weights=None, state=RoutingState())[0] for request in requests]
    assert tuple(alone) == decisions
    assert list_options(requests, toy, weights=None, state=RoutingState())[0].outlook.qualities[0] == 0.95


def test_a_budget_is_spread_by_what_each_text_gains(toy: Catalogue, request_of: Build) -> None:
    gains = [0.1 * n for n in range(8)]
    forecasts = [Forecast(NAME, None, {"tiny": foreseen(0.2), "large": foreseen(0.2 + gain)}) for gain in gains]
    requests = [request_of(call_id=f"c-{n}", max_output_tokens=12, forecast=one) for n, one in enumerate(forecasts)]
    cost = seen(requests[0], toy)["large"].cost_usd
    assert cost is not None
    state = RoutingState(remaining_usd=cost * 3)
    table = parse_rules(
        "rules: []\ndefault: {use: {shortlist: [tiny, large], policy: performance}}", file="r", catalogue=toy
    )
    decisions = RulesPolicy(table).decide(requests, toy, weights=None, state=state)
    assert [decision.model for decision in decisions] == ["tiny"] * 5 + ["large"] * 3


def test_it_comes_back_from_the_record_exactly() -> None:
    known = Forecast(NAME, None, {"tiny": foreseen(0.123456), "large": foreseen(1 / 3, tokens=None, latency_s=None)})
    for forecast in (known, DECLINED, Forecast(NAME, "its file is missing", is_unusable=True)):
        assert forecast_of(json.loads(json.dumps(told(forecast)))) == forecast


def test_a_predictors_matrices_become_forecasts_with_the_reasons_of_those_declined() -> None:
    world = make_world(400, effect=0.6)
    predictor = fit_predictor(world.observations(output_tokens=np.where(world.quality > 2, 1.0, 30.5)))
    texts = [f"lake stone {TELLING}", "lake stone plain", "a"]
    prediction = predictor.predict(texts, ["sum", "sum", "unheard"])
    first, second, unheard = forecasts_of(prediction, predictor=NAME)
    assert set(first.models) == {"small", "large", "odd"}
    assert first.models["small"].quality == round(float(prediction.quality[0, 0]), 6)
    assert first.models["small"].output_tokens == 31
    assert first.models["small"].latency_s is None
    assert first.models["small"].quality < second.models["small"].quality - 0.1
    if unheard.declined is not None:
        assert unheard.models == {}
        assert "no call of its task type was scored" in unheard.declined
    strange = replace(prediction, declined=np.array([True, False, True]))
    one, _, other = forecasts_of(strange, predictor=NAME)
    assert (one.declined, other.declined) == (DECLINED.declined, "no call of its task type was scored")


def test_what_if_goes_by_what_was_foreseen_and_knows_where_nobody_did(toy: Catalogue, request_of: Build) -> None:
    table = parse_rules("rules: []\ndefault: {use: {policy: strongest}}", file="rules.yaml", catalogue=toy)
    known = [Forecast(NAME, None, {"tiny": foreseen(0.99)}), Forecast(NAME, None, {"middle": foreseen(0.99)}), None]
    log = log_of([request_of(call_id=f"c-{n}", forecast=one) for n, one in enumerate(known)])

    def no_weights(_: str) -> Weights:
        raise AssertionError("no decision names weights")

    supposed = suppose(table, log, Sources(lambda _: toy, no_weights))
    assert [supposed.models[n] for n in supposed.numbers] == ["tiny", "middle", "large"]
    hidden = suppose(table, replace(log, is_foreseen=np.array([True, True, False])), Sources(lambda _: toy, no_weights))
    assert hidden.numbers[2] == UNDECIDED
    assert hidden.n_hidden == 1
