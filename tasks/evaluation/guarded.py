"""Somebody else's router: whatever it raises or gives that is no prediction is told in one line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from policies.errors import BadInputError, PointsmanError
from policies.evaluation.outcomes import Outcomes
from policies.evaluation.prompts import Prompts
from policies.evaluation.router import FittedRouter, Predictions, Router

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class GuardedRouter:
    """A router that was named as `package.module:name`; raises `BadInputError` that names it for what it does wrong."""

    router: Router
    spec: str

    @property
    def name(self) -> str:
        """The router's own."""
        return self.router.name

    def fit(self, prompts: Prompts, outcomes: Outcomes, *, seed: int) -> FittedRouter:
        """As the router itself."""
        fitted = tried(lambda: self.router.fit(prompts, outcomes, seed=seed), "fit", self.spec)
        if not callable(getattr(fitted, "predict", None)):
            problem = f"fit gave {type(fitted).__name__}, which has no predict"
            raise BadInputError(problem, field="--router", value=self.spec)
        return GuardedFit(fitted, len(outcomes.models), self.spec)


@dataclass(frozen=True, slots=True)
class GuardedFit:
    """What it learned, for so many models."""

    fitted: FittedRouter
    n_models: int
    spec: str

    def predict(self, prompts: Prompts) -> Predictions:
        """As the router itself, if it is one finite number per prompt and model, and no cost is below 0."""
        found = tried(lambda: self.fitted.predict(prompts), "predict", self.spec)
        if (problem := problem_of(found, (len(prompts), self.n_models))) is not None:
            raise BadInputError(f"predict gave {problem}", field="--router", value=self.spec)
        return found


def tried(call: Callable[[], T], what: str, spec: str) -> T:
    """What a call gives; `BadInputError` for whatever it raises."""
    try:
        return call()
    except PointsmanError:
        raise
    except Exception as error:  # whatever somebody else's code may raise
        told = str(error).splitlines()[0] if str(error) else "without a word"
        raise BadInputError(f"{what} raised {type(error).__name__}: {told}", field="--router", value=spec) from error


def problem_of(found: object, shape: tuple[int, int]) -> str | None:
    """What is wrong with predictions, after `predict gave`."""
    if not isinstance(found, Predictions):
        return f"{type(found).__name__}, not Predictions"
    for name in ("quality", "cost_usd", "quality_se"):
        values = getattr(found, name)
        if values is None and name == "quality_se":
            continue
        try:
            numbers = np.asarray(values, dtype=np.float64)
        except (TypeError, ValueError):
            return f"a {name} that is no array of numbers"
        if numbers.shape != shape:
            return f"a {name} of shape {numbers.shape}, not {shape}"
        if not np.isfinite(numbers).all():
            return f"a {name} that is not finite"
        if name != "quality" and (numbers < 0).any():
            return f"a {name} below 0"
    return None
