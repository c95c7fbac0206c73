"""Requests get their forecasts before they are routed: by what a policy goes by, and by the predictor in force."""

from __future__ import annotations

from dataclasses import replace

import pytest

from policies.predictor.fitting import fit_predictor
from policies.predictor.predictor import Predictor
from policies.rules import RulesPolicy, parse_rules
from policies.selection import policy_named
from policies.types import Catalogue, Model, Price, Request
from tasks.foreseeing import bounded, foresee, foresee_some
from tasks.predictors import InForce
from tests.policies.predictor.worlds import MODELS, TASKS, make_world
from warehouse.training import HEAD, TAIL

WORLD = make_world(300, effect=0.5)
CATALOGUE = Catalogue(
    tuple(Model(name, (), Price(f"price-{name}", name, None, None), 1_000, 100) for name in MODELS),
    "foreseeing",
    frozenset(TASKS),
)
RULES = """
rules:
  - {name: sums, when: {task_type: sum}, use: {shortlist: [small, large], policy: performance}}
default: {use: {shortlist: [large, odd]}}
"""
TABLE = parse_rules(RULES, file="rules.yaml", catalogue=CATALOGUE)
RULED = RulesPolicy(TABLE)
PERFORMANCE = policy_named("performance", table=TABLE)


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return fit_predictor(WORLD.observations())


def requests(n: int) -> list[Request]:
    return [Request(f"c-{i}", f"i-{i}", "answer", WORLD.task_types[i], WORLD.texts[i], 20, 50) for i in range(n)]


def test_without_a_predictor_requests_are_as_they_are() -> None:
    assert foresee(requests(3), PERFORMANCE, None) == requests(3)
    assert foresee_some(requests(9), PERFORMANCE, None, most=2) == requests(9)


def test_all_at_once_or_one_by_one_the_forecast_is_the_same(predictor: Predictor) -> None:
    in_force = InForce("p-00000000000000a5", predictor)
    together = foresee(requests(40), PERFORMANCE, in_force)
    assert all(request.forecast is not None for request in together)
    alone = [foresee([request], PERFORMANCE, in_force)[0] for request in requests(40)]
    assert alone == together
    assert len({repr(request.forecast) for request in together}) > 10


def test_what_an_order_decides_is_not_predicted(predictor: Predictor) -> None:
    for request in foresee(requests(20), RULED, InForce("p-00000000000000a5", predictor)):
        assert (request.forecast is not None) == (request.task_type == "sum")
    for spec in ("random", "fixed:small"):
        found = foresee(requests(3), policy_named(spec, table=TABLE), InForce("p-00000000000000a5", predictor))
        assert [request.forecast for request in found] == [None] * 3


def test_one_that_can_not_be_used_is_said_in_place_of_a_forecast() -> None:
    in_force = InForce("p-00000000000000a5", None, "its file is missing")
    (request,) = foresee(requests(1), PERFORMANCE, in_force)
    assert request.forecast is not None
    assert (request.forecast.declined, request.forecast.is_unusable) == ("its file is missing", True)
    assert request.forecast.models == {}


def test_a_task_type_that_is_credited_from_final_scores_keeps_its_means(predictor: Predictor) -> None:
    in_force = InForce("p-00000000000000a5", predictor, credited=frozenset({"sum"}))
    for request in foresee(requests(20), PERFORMANCE, in_force):
        assert request.forecast is not None
        assert (request.forecast.declined is not None) == (request.task_type == "sum")
        assert request.task_type != "sum" or "credited from final scores" in str(request.forecast.declined)


def test_equal_texts_of_a_task_type_share_their_forecast(predictor: Predictor) -> None:
    one, other = requests(2)
    again = replace(one, call_id="again")
    found = foresee([one, other, again], PERFORMANCE, InForce("p-00000000000000a5", predictor))
    assert found[0].forecast is found[2].forecast
    assert found[0].forecast is not found[1].forecast


def test_of_a_large_batch_a_plan_looks_at_so_many_texts(predictor: Predictor) -> None:
    in_force = InForce("p-00000000000000a5", predictor)
    found = foresee_some(requests(100), PERFORMANCE, in_force, most=20)
    assert [request.call_id for request in found] == [request.call_id for request in requests(100)]
    own = [request.forecast for request in foresee(requests(100)[::5], PERFORMANCE, in_force)]
    assert [request.forecast for request in found[::5]] == own
    latest: dict[str, object] = {}
    for place, request in enumerate(found):
        if place % 5 == 0:
            latest[request.task_type] = request.forecast
        assert request.forecast is latest.get(request.task_type)
    assert foresee_some(requests(20), PERFORMANCE, in_force, most=20) == foresee(requests(20), PERFORMANCE, in_force)


def test_of_a_long_text_as_much_is_read_as_of_those_it_was_fitted_to() -> None:
    assert bounded("x" * (HEAD + TAIL)) == "x" * (HEAD + TAIL)
    assert bounded("x" * HEAD + "y" * 10 + "z" * TAIL) == "x" * HEAD + "\n" + "z" * TAIL
