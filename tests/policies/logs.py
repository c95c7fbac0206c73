"""Requests and decisions as a log by columns, as the warehouse's would be read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from policies.logged_calls import Asked, Codes, Column, LoggedCalls
from policies.patterns import encoded
from policies.terms import PLAIN, Terms
from policies.types import Request, RoutingState

T = TypeVar("T")
EVERYTHING = Asked(frozenset({"tier", "n"}), has_languages=True)


class ListedTexts:
    """Texts in a list."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts

    def __len__(self) -> int:
        return len(self._texts)

    def take(self, numbers: Codes) -> Sequence[bytes]:
        return [encoded(self._texts[number]) for number in numbers]


def column(values: Sequence[T]) -> Column[T]:
    """A column by its distinct values, which need not be hashable."""
    distinct: list[T] = []
    for value in values:
        if value not in distinct:
            distinct.append(value)
    return Column(np.array([distinct.index(value) for value in values], np.int64), distinct)


def log_of(
    requests: Sequence[Request],
    *,
    states: Sequence[RoutingState | None] | None = None,
    models: Sequence[str | None] | None = None,
    outcomes: Callable[[int], tuple[float, float, float]] = lambda _: (np.nan, np.nan, np.nan),
    has_text: bool = True,
    asked: Asked = EVERYTHING,
    terms: Terms = PLAIN,
) -> LoggedCalls:
    """A log of requests; `outcomes` gives cost in USD, quality and seconds by a row's number."""
    n = len(requests)
    ended = np.array([outcomes(row) for row in range(n)], np.float64).reshape(n, 3)
    return LoggedCalls(
        texts=ListedTexts([request.text for request in requests]),
        text=np.arange(n) if has_text else np.full(n, -1),
        n_characters=np.array([len(request.text) for request in requests], np.int64),
        input_tokens=np.array([request.input_tokens for request in requests], np.int64),
        max_output_tokens=np.array([request.max_output_tokens for request in requests], np.int64),
        task_type=column([request.task_type for request in requests]),
        step=column([request.step for request in requests]),
        job=column([request.job for request in requests]),
        tags=column([request.tags for request in requests]),
        needs=column([request.needs for request in requests]),
        prefers=column([request.prefers for request in requests]),
        is_structured=column([request.is_structured for request in requests]),
        language=column([request.language for request in requests]),
        fields=column([request.fields for request in requests]),
        asked_at=column([request.asked_at for request in requests]),
        asked=Column(np.zeros(n, np.int64), [asked]),
        category=column([request.category for request in requests]),
        confidence=np.array(
            [np.nan if r.category_confidence is None else r.category_confidence for r in requests], np.float64
        ),
        is_ambiguous=np.array([request.is_ambiguous for request in requests], bool),
        is_auto=column([None if r.category_confidence is None else r.is_auto for r in requests]),
        is_type_known=np.ones(n, bool),
        policy=column(["rules"] * n),
        model=column(models or [None] * n),
        state=column(states or [RoutingState()] * n),
        lambda_=np.full(n, np.nan if terms.multiplier is None else terms.multiplier),
        has_own_lambda=np.zeros(n, bool),
        terms=column([terms] * n),
        catalogue_version=column(["c-1"] * n),
        weights_version=column([None] * n),
        forecast=Column(np.arange(n), [request.forecast for request in requests]),
        is_foreseen=np.ones(n, bool),
        call_ids=lambda rows: [requests[row].call_id for row in rows],
        item_ids=lambda rows: [requests[row].item_id for row in rows],
        cost_usd=ended[:, 0],
        quality=ended[:, 1],
        latency_s=ended[:, 2],
    )
