"""What a step asks of models, stage by stage, and the interval of its quality, held against drawn batches."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pytest

from policies.options import Option, expected_output_tokens
from policies.planned_load import Serving, quality_margin, stages_of
from policies.types import Catalogue, Request

Build = Callable[..., Request]


def option(
    catalogue: Catalogue, model: str, *, quality: float = 0.6, se: float = 0.05, latency_s: float = 2.0
) -> Option:
    return Option(catalogue[model], quality, latency_s, Decimal(0), se)


def test_a_stage_has_the_calls_of_each_model_with_their_means(toy: Catalogue, request_of: Build) -> None:
    short, long = request_of(input_tokens=100), request_of(input_tokens=300)
    tiny, large = option(toy, "tiny", latency_s=1.0), option(toy, "large", latency_s=4.0)
    servings = [Serving(short, (tiny,)), Serving(long, (tiny, large), goes_on=0.25), Serving(long, (large,))]
    first, second = stages_of(servings)
    assert [(one.model, one.n_calls, one.latency_s) for one in first] == [("tiny", 2.0, 1.0), ("large", 1.0, 4.0)]
    assert first[0].tokens == pytest.approx(200 + expected_output_tokens(short))
    assert [(one.model, one.n_calls, one.latency_s) for one in second] == [("large", 0.25, 4.0)]
    assert stages_of([]) == ()
    assert stages_of([Serving(short, (tiny, large), goes_on=0.0)])[1] == ()


def test_the_interval_holds_what_batches_come_to_as_often_as_it_says(toy: Catalogue) -> None:
    """The truth of each model is drawn by its error, once for a batch; then each call is good or not."""
    options = [option(toy, "tiny", quality=0.4, se=0.08)] * 30 + [option(toy, "large", quality=0.8, se=0.04)] * 50
    margin = quality_margin(options)
    assert margin is not None
    draw = np.random.default_rng(0)
    expected = (30 * 0.4 + 50 * 0.8) / 80
    within = []
    for _ in range(2000):
        tiny, large = np.clip([draw.normal(0.4, 0.08), draw.normal(0.8, 0.04)], 0, 1)
        within.append(abs((draw.binomial(30, tiny) + draw.binomial(50, large)) / 80 - expected) <= margin)
    assert 0.93 < np.mean(within) < 0.97


def test_more_calls_leave_the_error_of_the_predictions(toy: Catalogue) -> None:
    margins = [quality_margin([option(toy, "tiny")] * n) for n in (10, 1_000, 100_000)]
    assert margins == sorted(margins, reverse=True)  # type: ignore[type-var]  # none is None
    assert margins[-1] == pytest.approx(1.96 * 0.05, rel=0.01)
    assert quality_margin([]) is None
