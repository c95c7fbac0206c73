"""A predictor's matrices as the forecast of each request, rounded so that it does not hang on how sums are added up."""

from __future__ import annotations

from typing import Any

import numpy as np

from policies.forecast import Columns, Forecast, Foresight
from policies.predictor.observations import Floats
from policies.predictor.prediction import Prediction
from policies.predictor.support import MIN_TASK_CALLS

DIGITS = 6
DIGITS_OF_TERMS = 4  # which are for people


def forecasts_of(prediction: Prediction, *, predictor: str) -> list[Forecast]:
    """The forecast of each of n requests; one that the predictor declines has its reason, and no models."""
    columns, task_calls = columns_of(prediction), prediction.task_calls.sum(axis=1).tolist()
    return [
        Forecast(predictor, why_declined(calls)) if declined else Forecast(predictor, None, Foresight(columns, row))
        for row, (declined, calls) in enumerate(zip(prediction.declined.tolist(), task_calls, strict=True))
    ]


def columns_of(prediction: Prediction) -> Columns:
    """The matrices, rounded; what is only told to people stays as it is until then."""
    mean, everywhere, own, near, far = prediction.terms

    def terms(row: int) -> list[tuple[float, float, float, float]]:
        parts = np.stack([mean[row], everywhere[row] + own[row], near[row], far[row]], axis=1)
        return [(a, b, c, d) for a, b, c, d in rounded(parts, digits=DIGITS_OF_TERMS)]

    def similar_calls(row: int) -> list[int]:
        return [round(n) for n in prediction.similar_calls[row].tolist()]

    return Columns(
        places={name: place for place, name in enumerate(prediction.models)},
        quality=rounded(prediction.quality),
        quality_se=rounded(prediction.quality_se),
        output_tokens=known(prediction.output_tokens, prediction, is_whole=True),
        latency_s=known(prediction.latency_s, prediction),
        similar_calls=similar_calls,
        terms=terms,
    )


def rounded(matrix: Floats, *, digits: int = DIGITS) -> list[Any]:
    """Rows of plain numbers."""
    rows: list[Any] = (np.round(matrix, digits) + 0.0).tolist()  # no -0.0
    return rows


def known(matrix: Floats | None, prediction: Prediction, *, is_whole: bool = False) -> list[list[Any]]:
    """Rows of amounts, in which None stands for what is not known; whole ones are rounded up, to 1 at least."""
    if matrix is None:
        return [[None] * len(prediction.models)] * len(prediction.declined)
    amounts = np.round(matrix, DIGITS)
    numbers = np.maximum(np.ceil(np.nan_to_num(amounts)), 1).astype(np.int64) if is_whole else amounts
    rows: list[list[Any]] = numbers.tolist()
    for row, column in np.argwhere(np.isnan(amounts)).tolist():
        rows[row][column] = None
    return rows


def why_declined(task_calls: float) -> str:
    """Why the means alone are used: too few scored calls of the task type, or a text unlike all that were seen."""
    if not task_calls:
        return "no call of its task type was scored"
    if task_calls < MIN_TASK_CALLS:
        return f"{task_calls:.0f} calls of its task type were scored, and it takes {MIN_TASK_CALLS:.0f}"
    return "its text is unlike those of all calls that were scored"
