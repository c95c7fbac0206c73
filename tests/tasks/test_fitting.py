"""The predictor is fitted to scored calls whose texts are stored; where there are too few, the means are all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from policies.predictor.packing import unpack_predictor
from policies.types import Catalogue, Model, Price
from policies.weights import parse_weights
from tasks.fitting import LEAST_CALLS, fit_calls
from tasks.learning import fit_facts
from tasks.predictors import predictor_in_force
from tests.policies.predictor.worlds import MODELS, TELLING, make_world
from tests.warehouse.conftest import NOON, World
from warehouse.landing import land
from warehouse.training import TrainingCall
from warehouse.weights import live_weights
from warehouse.weights_changes import settle_fit

WORLD = make_world(1_200, effect=0.7, seed=3)


def logged(n: int) -> list[TrainingCall]:
    """One call per prompt on a model by chance, as a log has them."""
    rng = np.random.default_rng(0)
    column = rng.integers(len(MODELS), size=n)
    return [
        TrainingCall(
            WORLD.task_types[i],
            MODELS[m],
            float(WORLD.quality[i, m]),
            0.001,
            1.0 + m,
            10 * (m + 1),
            1 / 3,
            WORLD.texts[i],
        )
        for i, m in enumerate(column)
    ]


def catalogue(**priors: float) -> Catalogue:
    models = [
        Model(name, (), Price(f"price-{name}", name, None, None), 1_000, 100, {"default": prior})
        for name, prior in priors.items()
    ]
    return Catalogue(tuple(models), "fitting")


def test_it_learns_from_the_log_what_texts_tell() -> None:
    learned = fit_calls(logged(1_200), None, is_embedded=False)
    assert learned.content is not None
    assert (
        learned.note
        == f"predictor of texts {learned.name}: 1,200 of the latest 1,200 scored calls have their text stored"
    )
    predictor = unpack_predictor(learned.content)
    telling = predictor.predict([f"lake stone {TELLING}", "lake stone plain"], ["sum", "sum"])
    small = predictor.models.index("small")
    assert telling.quality[0, small] < telling.quality[1, small] - 0.1
    assert telling.output_tokens is not None
    assert telling.latency_s is not None
    assert telling.cost_usd is None
    np.testing.assert_allclose(telling.output_tokens[0, predictor.models.index("large")], 20, rtol=0.1)


def test_the_same_log_gives_the_same_bytes() -> None:
    first, again = (fit_calls(logged(400), None, is_embedded=False) for _ in range(2))
    assert first == again


def test_texts_that_are_not_stored_leave_the_means_alone_and_that_is_said() -> None:
    calls = [replace(call, text=None) for call in logged(400)]
    learned = fit_calls(calls, None, is_embedded=False)
    assert learned.name is None
    assert "0 of the latest 400 scored calls have their text stored" in learned.note
    mixed = logged(LEAST_CALLS - 1) + calls
    assert fit_calls(mixed, None, is_embedded=False).name is None
    assert fit_calls(logged(LEAST_CALLS), None, is_embedded=False).name is not None


def test_a_model_that_was_hardly_called_is_expected_to_be_what_the_catalogue_says() -> None:
    calls = [*logged(400), replace(logged(1)[0], model="rare", quality=0.0)]
    means = {}
    for prior in (0.2, 0.9):
        content = fit_calls(calls, catalogue(rare=prior), is_embedded=False).content
        assert content is not None
        predictor = unpack_predictor(content)
        means[prior] = predictor.means.overall[predictor.models.index("rare")]
    assert means[0.9] > means[0.2] + 0.4


def test_with_vectors_it_asks_for_them() -> None:
    content = fit_calls(logged(LEAST_CALLS), None, is_embedded=True).content
    assert content is not None
    with pytest.raises(ValueError, match="needs its vector"):
        unpack_predictor(content).predict(["a"], ["sum"])


def test_what_is_fitted_goes_live_with_its_file_and_the_same_facts_change_nothing(tmp_path: Path) -> None:
    world, records = World(tmp_path / "home"), []
    for n, call in enumerate(logged(LEAST_CALLS)):
        at = NOON + timedelta(seconds=n)
        intent = replace(world.intent(n), model=call.model, task_type=call.task_type, started_at=at)
        made = replace(world.decision(n, model=call.model), text=call.text, task_type=call.task_type, decided_at=at)
        records += [made, world.outcome(intent), world.score(n, call.quality)]
    world.append(*records)
    land(world.home)
    fits = [fit_facts.fn(world.home, world.home, is_embedded=False) for _ in range(2)]
    changes = [settle_fit(world.home, fit, (), changed_at=NOON) for fit in fits]
    assert [change.verdict for change in changes] == ["promoted", "unchanged"]
    assert fits[0].version == fits[1].version
    live = live_weights(world.home)
    assert live is not None
    weights = parse_weights(live[1])
    in_force = predictor_in_force(world.home, weights)
    assert in_force is not None
    assert (in_force.problem, in_force.name) == (None, weights.predictor)
    assert str(weights.predictor) in changes[0].note
