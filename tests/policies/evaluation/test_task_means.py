"""Means by task type and model, with as much doubt as there are calls to go by."""

from __future__ import annotations

import numpy as np
import pytest

from policies.evaluation.costs import fit_costs
from policies.evaluation.outcomes import Outcomes
from policies.evaluation.prompts import Prompts
from policies.evaluation.task_means import IGNORANCE, TaskMeansRouter
from tests.policies.evaluation.worlds import make_prompts, make_table

TABLE = make_table([[1, 0], [1, 0], [0, 1], [0, 0]], [[1, 2]] * 4, task_types=["sum", "sum", "prose", "prose"])


def test_a_task_type_has_its_mean_drawn_a_little_to_the_models() -> None:
    fitted = TaskMeansRouter(weight=1.0).fit(TABLE.prompts, TABLE.outcomes, seed=0)
    quality = fitted.predict(make_prompts(["sum", "prose", "verse"])).quality
    overall = TABLE.outcomes.quality.mean(axis=0)
    assert quality[0] == pytest.approx((2 * np.array([1, 0]) + overall) / 3)
    assert quality[1] == pytest.approx((2 * np.array([0, 0.5]) + overall) / 3)
    assert quality[2] == pytest.approx(overall)


def test_without_a_weight_the_means_are_plain() -> None:
    fitted = TaskMeansRouter(weight=0.0).fit(TABLE.prompts, TABLE.outcomes, seed=0)
    assert fitted.predict(TABLE.prompts).quality[[0, 2]].tolist() == [[1, 0], [0, 0.5]]


def test_doubt_shrinks_with_calls_and_is_never_nought() -> None:
    few, many = (
        TaskMeansRouter().fit(*repeated(times), seed=0).predict(make_prompts(["sum"])).quality_se for times in (1, 50)
    )
    assert few is not None
    assert many is not None
    assert (many > 0).all()
    assert (many < few).all()
    assert (few <= IGNORANCE).all()


def repeated(times: int) -> tuple[Prompts, Outcomes]:
    return make_prompts(TABLE.prompts.task_types * times), TABLE.outcomes.at(list(range(4)) * times)


def test_costs_grow_with_the_prompt_and_are_corrected_by_task_type() -> None:
    texts = tuple("x" * length for length in (100, 200, 300, 400))
    prompts = Prompts(("1", "2", "3", "4"), ("sum",) * 4, texts)
    costs = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0], [4.0, 40.0]])
    fitted = fit_costs(prompts, Outcomes(("a", "b"), np.ones((4, 2)), costs))
    assert fitted.predict(Prompts(("5",), ("sum",), ("x" * 250,)))[0] == pytest.approx([2.5, 25.0])


def test_the_cost_of_a_model_that_was_never_called_is_the_mean_of_the_others() -> None:
    log = TABLE.outcomes.revealed(np.zeros(4, dtype=np.intp))
    assert fit_costs(TABLE.prompts, log).predict(TABLE.prompts)[:, 1] == pytest.approx(1.0)
