"""What is predicted of a model before it is called."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.catalogue import parse_catalogue
from policies.options import PRIOR_SE, list_options, predict_quality
from policies.types import Catalogue, CellMean, Request, RoutingState, Weights

Build = Callable[..., Request]
PRICES = {"a": "{input: 1, output: 2}", "b": "{input: 0.123, output: 90}", "c": "{input: 2, output: 3, cached: 20}"}
PRICED = "models:\n" + "".join(
    f"  - {{name: {name}, deployments: [{{litellm_model: x/{name}}}], price: {price}, context_window: 1000,"
    " max_output_tokens: 100}\n"
    for name, price in PRICES.items()
)


def weights_of(quality: float, se: float, *, model: str = "middle") -> Weights:
    return Weights("w-1", (CellMean("generate", model, 10, quality, se, 0.1, 3.0),))


def test_without_a_ledger_the_prior_holds(toy: Catalogue) -> None:
    assert predict_quality("generate", toy["middle"], weights=None) == (0.6, PRIOR_SE)
    assert predict_quality("classify", toy["middle"], weights=weights_of(1.0, 0.1)) == (0.5, PRIOR_SE)


@pytest.mark.parametrize(
    ("se", "quality", "result_se"),
    [
        (0.0, 1.0, 0.0),  # certainty
        (PRIOR_SE, 0.8, PRIOR_SE / 2**0.5),  # as good as the prior: half way
        (1e-200, 1.0, 0.0),
        (1e6, 0.6, PRIOR_SE),  # worth nothing
    ],
)
def test_prior_and_ledger_are_weighed_by_their_precision(
    toy: Catalogue, se: float, quality: float, result_se: float
) -> None:
    predicted = predict_quality("generate", toy["middle"], weights=weights_of(1.0, se))
    assert predicted == pytest.approx((quality, result_se), abs=1e-9)


def test_cost_is_the_input_and_half_of_the_output_limit(toy: Catalogue, request_of: Build) -> None:
    (options,) = list_options([request_of()], toy, weights=None, state=RoutingState())
    assert options["middle"].cost_usd == Decimal("0.0002")
    assert options["secretive"].cost_usd is None


def test_latency_is_the_ledgers_where_it_knows_one(toy: Catalogue, request_of: Build) -> None:
    (options,) = list_options([request_of()], toy, weights=weights_of(0.5, 0.1), state=RoutingState())
    assert {m.name: options[m.name].latency_s for m in toy.models} == {
        "tiny": 0.1,
        "middle": 3.0,
        "large": 1.0,
        "secretive": 1.0,
    }


@settings(max_examples=200, deadline=None)
@given(tokens=st.tuples(st.integers(0, 900), st.integers(1, 100)), nanos=st.integers(0, 30_000_000))
def test_money_that_is_ample_for_all_models_at_once_is_enough_for_each(tokens: tuple[int, int], nanos: int) -> None:
    models = parse_catalogue(PRICED, file="priced.yaml")
    request = Request("c", "i", "s", "generate", "", *tokens)
    state = RoutingState(remaining_usd=Decimal(nanos).scaleb(-9))
    (options,) = list_options([request], models, weights=None, state=state)
    each = tuple(number for number in range(len(models.models)) if options.exclusion(number) is None)
    assert options.eligible == each
    if options.outlook.able.fits(request, Decimal(nanos).scaleb(-9)):
        assert each == (0, 1, 2)


def test_money_is_ample_for_no_model_of_unknown_price(toy: Catalogue, request_of: Build) -> None:
    (options,) = list_options([request_of()], toy, weights=None, state=RoutingState(remaining_usd=Decimal(10**6)))
    assert not options.outlook.able.fits(request_of(), Decimal(10**6))
    assert [options.name(number) for number in options.eligible] == ["tiny", "middle", "large"]
