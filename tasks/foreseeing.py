"""Requests with the forecast of each, by the predictor in force: texts are embedded here, and predicted together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from threadpoolctl import threadpool_limits

from policies.classifier import excerpt
from policies.forecast import Forecast
from policies.forecasting import forecasts_of
from policies.predictor.predictor import Predictor
from policies.selection import weighs
from policies.types import Policy, Request
from tasks.embeddings import embedded
from tasks.predictors import InForce
from warehouse.training import HEAD, TAIL

CREDITED = "the quality of its task type is credited from final scores, which the predictor was not fitted to"
TOGETHER = 2_000  # texts, whose vectors take some 10 MB


def foresee(requests: Sequence[Request], policy: Policy, in_force: InForce | None) -> list[Request]:
    """The requests, with a forecast where the policy goes by predictions; as they are without a predictor.

    Where the one that is named can't be used, that is the forecast: declined, with the reason.
    """
    if in_force is None:
        return list(requests)
    places = [place for place, request in enumerate(requests) if weighs(policy, request)]
    foreseen = list(requests)
    for place, forecast in zip(places, forecast_each([requests[place] for place in places], in_force), strict=True):
        foreseen[place] = replace(requests[place], forecast=forecast)
    return foreseen


def written(request: Request) -> Request:
    """The same request with its forecast as plain values, for what can store only those."""
    return request if request.forecast is None else replace(request, forecast=request.forecast.written())


def foresee_some(requests: Sequence[Request], policy: Policy, in_force: InForce | None, *, most: int) -> list[Request]:
    """The same for a plan, from so many texts at most, evenly spread: each other shares the one of its kind before."""
    step = max(1, -(-len(requests) // most))
    sample = foresee(requests[::step], policy, in_force)
    if in_force is None or step == 1:
        return sample if step == 1 else list(requests)
    latest: dict[str, Forecast | None] = {}
    foreseen = []
    for place, request in enumerate(requests):
        if place % step == 0:
            request = sample[place // step]
            latest[request.task_type] = request.forecast
        elif request.task_type in latest:
            request = replace(request, forecast=latest[request.task_type])
        foreseen.append(request)
    return foreseen


def forecast_each(requests: Sequence[Request], in_force: InForce) -> list[Forecast]:
    """A forecast for each request; those with equal texts and task types share theirs."""
    if in_force.predictor is None:
        return [Forecast(in_force.name, in_force.problem, is_unusable=True)] * len(requests)
    asked = [(bounded(request.text), request.task_type) for request in requests]
    credited = Forecast(in_force.name, CREDITED)
    known = {one: credited for one in asked if one[1] in in_force.credited}
    distinct = [one for one in dict.fromkeys(asked) if one not in known]
    for start in range(0, len(distinct), TOGETHER):
        part = distinct[start : start + TOGETHER]
        known |= zip(part, forecast_texts(part, in_force.predictor, name=in_force.name), strict=True)
    return [known[one] for one in asked]


def forecast_texts(asked: Sequence[tuple[str, str]], predictor: Predictor, *, name: str) -> list[Forecast]:
    """The forecasts of texts, each with its task type."""
    texts, task_types = [text for text, _ in asked], [task_type for _, task_type in asked]
    vectors = embedded(texts) if predictor.is_embedded else None
    with threadpool_limits(1):  # the matrices are small: threads would wait for each other
        prediction = predictor.predict(texts, task_types, embedding=vectors)
    return forecasts_of(prediction, predictor=name)


def bounded(text: str) -> str:
    """What is read of a text, as of those that the predictor was fitted to."""
    return excerpt(text, head=HEAD, tail=TAIL)
