"""Options become the request of a flow, whose bounds hold for both."""

from __future__ import annotations

import pytest

from flows.commands.requests import request_of
from policies.errors import BadInputError
from tasks.drifts import WatchRequest
from tasks.learn_requests import ReweighRequest


@pytest.mark.parametrize(
    ("kind", "fields", "problem"),
    [
        (WatchRequest, {"delta": 1.0}, "--delta: must be less than 1 (got 1.0)"),
        (WatchRequest, {"days": 0}, "--days: must be greater than 0 (got 0)"),
        (ReweighRequest, {"max_cost_growth": -1.0}, "--max-cost-growth: must be greater than or equal to 0 (got -1.0)"),
    ],
)
def test_a_value_out_of_range_names_its_option(kind: type, fields: dict[str, object], problem: str) -> None:
    with pytest.raises(BadInputError) as caught:
        request_of(kind, fields)
    assert str(caught.value) == problem


def test_what_is_in_range_is_the_request() -> None:
    assert request_of(WatchRequest, {"days": 7.0}) == WatchRequest(days=7.0)
