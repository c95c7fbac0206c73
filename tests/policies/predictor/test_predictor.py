from __future__ import annotations

import numpy as np
import pytest

from policies.predictor.fitting import fit_predictor
from policies.predictor.observations import Observations
from policies.predictor.prediction import TERMS, Prediction
from policies.predictor.predictor import Predictor
from tests.policies.predictor.worlds import MODELS, World, make_world

N = 400
TEXT_WORLD, PLAIN_WORLD = make_world(2 * N, effect=0.4), make_world(2 * N, effect=0.0, seed=1)


@pytest.fixture(scope="module")
def of_texts() -> Predictor:
    return fit_predictor(TEXT_WORLD.observations(slice(N)))


@pytest.fixture(scope="module")
def of_plain() -> Predictor:
    return fit_predictor(PLAIN_WORLD.observations(slice(N)))


def predict(predictor: Predictor, world: World, rows: slice = slice(N, None)) -> Prediction:
    return predictor.predict(world.texts[rows], world.task_types[rows])


def loss(quality: np.ndarray, world: World) -> float:
    return float(((quality - world.truth[N:]) ** 2).mean())


def test_texts_that_tell_are_listened_to(of_texts: Predictor) -> None:
    found = predict(of_texts, TEXT_WORLD)
    assert loss(found.quality, TEXT_WORLD) < loss(found.terms[0], TEXT_WORLD) / 2


def test_texts_that_tell_nothing_do_little_harm(of_plain: Predictor) -> None:
    found = predict(of_plain, PLAIN_WORLD)
    assert loss(found.quality, PLAIN_WORLD) < loss(found.terms[0], PLAIN_WORLD) + 0.001


def test_what_moved_a_prediction_is_named(of_texts: Predictor) -> None:
    found = predict(of_texts, TEXT_WORLD)
    row = int(np.flatnonzero(~found.declined)[0])
    assert found.dominant(row, 0) in TERMS[1:]
    assert found.terms[:, row, 0].sum() == pytest.approx(found.quality[row, 0], abs=0.1)
    assert (found.similar_calls[row] >= 40).all()


def test_the_same_data_gives_the_same_predictions(of_texts: Predictor) -> None:
    again = fit_predictor(TEXT_WORLD.observations(slice(N)))
    np.testing.assert_array_equal(predict(again, TEXT_WORLD).quality, predict(of_texts, TEXT_WORLD).quality)


def test_a_chunk_is_predicted_as_its_parts_are(of_texts: Predictor) -> None:
    whole, part = predict(of_texts, TEXT_WORLD), predict(of_texts, TEXT_WORLD, slice(N, N + 1))
    np.testing.assert_allclose(part.quality[0], whole.quality[0], atol=1e-5)


def test_a_log_of_one_answer_a_prompt_teaches_too() -> None:
    chosen = np.random.default_rng(3).integers(len(MODELS), size=N)
    quality = np.where(np.arange(len(MODELS)) == chosen[:, None], TEXT_WORLD.quality[:N], np.nan)
    found = predict(fit_predictor(TEXT_WORLD.observations(slice(N), quality=quality)), TEXT_WORLD)
    assert loss(found.quality, TEXT_WORLD) < loss(found.terms[0], TEXT_WORLD)


def test_without_an_observation_priors_are_what_is_expected() -> None:
    nothing = np.empty((0, 2))
    empty = Observations((), (), ("a", "b"), nothing, prior_quality={"a": 0.8})
    found = fit_predictor(empty).predict(["who?"], ["sum"])
    np.testing.assert_allclose(found.quality, [[0.8, 0.5]], atol=1e-5)
    assert found.declined.all()
    assert (found.quality_se > 0.1).all()


def test_a_strange_text_gets_means_alone(of_texts: Predictor) -> None:
    found = of_texts.predict(["Ωμέγα — 12345 !!!"], ["sum"])
    assert found.declined.all()
    assert not found.terms[1:].any()


def test_in_an_unseen_task_type_nothing_is_better_than_the_best_single_model(of_texts: Predictor) -> None:
    found = of_texts.predict(TEXT_WORLD.texts[:50], ["unheard"] * 50)
    assert (found.quality.argmax(axis=1) == of_texts.best).all()
    assert (found.quality_se > predict(of_texts, TEXT_WORLD).quality_se.max()).all()


def test_a_model_that_leaves_changes_no_other(of_texts: Predictor) -> None:
    before, after = predict(of_texts, TEXT_WORLD), predict(of_texts.without_model("odd"), TEXT_WORLD)
    assert after.models == ("small", "large")
    np.testing.assert_array_equal(after.quality, before.quality[:, :2])
    with pytest.raises(ValueError, match="tuple"):
        of_texts.without_model("nobody")


def test_a_new_model_has_its_prior_and_changes_no_other(of_texts: Predictor) -> None:
    before, after = predict(of_texts, TEXT_WORLD), predict(of_texts.with_model("new", prior_quality=0.6), TEXT_WORLD)
    np.testing.assert_allclose(after.quality[:, :3], before.quality, rtol=0, atol=1e-12)
    assert after.quality[:, 3].mean() == pytest.approx(0.6, abs=0.05)
    assert (after.quality_se[:, 3] >= 0.15).all()
    with pytest.raises(ValueError, match="known already"):
        of_texts.with_model("odd", prior_quality=0.6)


def test_a_text_alone_is_predicted_as_among_others(of_texts: Predictor) -> None:
    """What is recorded of a decision in a chunk has to come out again when it is made alone."""
    together = of_texts.predict(TEXT_WORLD.texts[:60], TEXT_WORLD.task_types[:60])
    for i in range(60):
        alone = of_texts.predict(TEXT_WORLD.texts[i : i + 1], TEXT_WORLD.task_types[i : i + 1])
        np.testing.assert_allclose(alone.quality[0], together.quality[i], rtol=0, atol=1e-13)
        np.testing.assert_allclose(alone.quality_se[0], together.quality_se[i], rtol=0, atol=1e-13)
        np.testing.assert_array_equal(alone.similar_calls[0], together.similar_calls[i])


def test_an_embedding_that_it_learned_with_is_asked_for() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((200, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    fitted = fit_predictor(TEXT_WORLD.observations(slice(200), embedding=vectors))
    with pytest.raises(ValueError, match="needs its vector"):
        fitted.predict(["a"], ["sum"])
    assert fitted.predict(["a"], ["sum"], embedding=vectors[:1]).quality.shape == (1, 3)
