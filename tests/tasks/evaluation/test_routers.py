"""A router is named, or given as package.module:name."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest

from policies.errors import BadInputError
from policies.evaluation.outcomes import Outcomes
from policies.evaluation.prompts import Prompts
from policies.evaluation.router import Predictions
from tasks.evaluation.guarded import GuardedRouter
from tasks.evaluation.routers import BUILT_IN, routers_named


def test_without_a_name_all_of_ours_are_meant() -> None:
    assert [router.name for router in routers_named(())] == [make().name for make in BUILT_IN.values()]


def test_a_module_may_have_a_router_or_a_class_of_one() -> None:
    named = routers_named(("task-means", "tests.benchmarks.routers.random_scores:RandomRouter"))
    assert [router.name for router in named] == ["task means", "random"]
    (made,) = routers_named((f"{__name__}:MADE",))
    assert isinstance(made, GuardedRouter)
    assert made.router is MADE


MADE = BUILT_IN["task-means"]()


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("nobody",), "is none of "),
        (("no.such.module:router",), "can't be made: ModuleNotFoundError: No module named 'no'"),
        (("policies.errors:nothing",), "can't be made"),
        (("policies.errors:BadInputError",), "can't be made"),
        (("math:pi",), "has no fit and name"),
        (("task-means", "task-means"), "stands twice"),
    ],
)
def test_what_is_no_router_is_refused(names: tuple[str, ...], told: str) -> None:
    with pytest.raises(BadInputError) as caught:
        routers_named(names)
    assert "--router" in str(caught.value)
    assert told in str(caught.value)


class Faulty:
    """A router that is wrong in one way."""

    name = "faulty"

    def __init__(self, give: Callable[[int, int], object], *, is_fitted: bool = True) -> None:
        self.give, self.is_fitted = give, is_fitted

    def fit(self, prompts: Prompts, outcomes: Outcomes, *, seed: int) -> Faulty:
        if not self.is_fitted:
            raise ZeroDivisionError("by nothing")
        self.n_models = len(outcomes.models)
        return self

    def predict(self, prompts: Prompts) -> object:
        return self.give(len(prompts), self.n_models)


def good(n: int, m: int) -> Predictions:
    return Predictions(np.full((n, m), 0.5), np.full((n, m), 0.001))


def raised(n: int, m: int) -> Predictions:
    raise KeyError("gone")


FAULTY = {
    "nothing": (lambda *_: None, "predict gave NoneType, not Predictions"),
    "shape": (lambda n, m: Predictions(np.ones((n, m + 1)), np.ones((n, m))), "predict gave a quality of shape"),
    "nan": (lambda n, m: Predictions(np.full((n, m), np.nan), np.ones((n, m))), "a quality that is not finite"),
    "cost": (lambda n, m: Predictions(np.ones((n, m)), -np.ones((n, m))), "a cost_usd below 0"),
    "text": (lambda n, m: Predictions(np.full((n, m), "x"), np.ones((n, m))), "no array of numbers"),
    "error": (lambda n, m: Predictions(np.ones((n, m)), np.ones((n, m)), -np.ones((n, m))), "a quality_se below 0"),
    "raises": (raised, "predict raised KeyError: 'gone'"),
}


@pytest.mark.parametrize("fault", FAULTY)
def test_what_somebody_else_s_router_gives_is_looked_at(fault: str) -> None:
    give, told = FAULTY[fault]
    prompts, outcomes = few()
    router = GuardedRouter(Faulty(give), "mine:Router")  # type: ignore[arg-type]  # that is the point
    with pytest.raises(BadInputError, match=re.escape(told)) as caught:
        router.fit(prompts, outcomes, seed=0).predict(prompts)
    assert "mine:Router" in str(caught.value)


def test_a_router_that_can_not_learn_is_one_line_and_a_sound_one_is_as_it_is() -> None:
    prompts, outcomes = few()
    with pytest.raises(BadInputError, match="fit raised ZeroDivisionError: by nothing"):
        GuardedRouter(Faulty(good, is_fitted=False), "mine:Router").fit(prompts, outcomes, seed=0)  # type: ignore[arg-type]
    found = GuardedRouter(Faulty(good), "mine:Router").fit(prompts, outcomes, seed=0).predict(prompts)  # type: ignore[arg-type]
    assert found.quality.shape == (3, 2)


def few() -> tuple[Prompts, Outcomes]:
    """Three prompts on two models."""
    prompts = Prompts(("1", "2", "3"), ("t", "t", "t"), ("a", "b", "c"))
    return prompts, Outcomes(("m1", "m2"), np.full((3, 2), 0.5), np.full((3, 2), 0.001))
