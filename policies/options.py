"""Every model as one request sees it: eligible or not, with what is predicted of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from policies.eligibility import judge_skills, judge_with
from policies.pricing import plain_cost_usd
from policies.skills import count_had
from policies.types import Catalogue, Model, Request, RoutingState, Weights

# A prior is a guess: it counts as much as a ledger mean whose standard error is this large (10 or so scored calls).
PRIOR_SE = 0.15
# One standard error below the mean: what is little known has to promise more before it is chosen.
CAUTION = 1.0
# Answers seldom use their whole limit. The same share for all models, so that it ranks none of them up.
EXPECTED_OUTPUT_SHARE = 0.5


class Outlook(NamedTuple):
    """What is expected of one model for a task type and some skills, whatever else the request is.

    `lack` is why it has not all skills that are needed, or None; `n_preferred` how many of those preferred it has.
    `quality` is the predicted score in [0, 1] with its standard error, `cautious_quality` the lower confidence bound
    q̲; `known_as` is both of quality and latency as decisions record them.
    """

    model: Model
    quality: float
    quality_se: float
    cautious_quality: float
    latency_s: float
    known_as: tuple[float, float]
    lack: str | None
    n_preferred: int


class Option(NamedTuple):
    """One model for one request: the reason it may not serve, or None, and the expected cost, None if unknown."""

    outlook: Outlook
    exclusion: str | None
    cost_usd: Decimal | None

    @property
    def model(self) -> Model:
        """The model."""
        return self.outlook.model

    @property
    def n_preferred(self) -> int:
        """How many of the skills that the request prefers the model has: it orders ties."""
        return self.outlook.n_preferred

    @property
    def quality(self) -> float:
        """The predicted score in [0, 1]."""
        return self.outlook.quality

    @property
    def quality_se(self) -> float:
        """The standard error of that."""
        return self.outlook.quality_se

    @property
    def latency_s(self) -> float:
        """The expected seconds of one attempt."""
        return self.outlook.latency_s


def list_options(
    requests: Sequence[Request], catalogue: Catalogue, *, weights: Weights | None, state: RoutingState
) -> list[tuple[Option, ...]]:
    """For each request every model of the catalogue as an option, in its order, eligible or not.

    Requests that differ in nothing that options depend on share one tuple.
    """
    kept: dict[tuple[object, ...], tuple[Option, ...]] = {}
    listed = []
    for request in requests:
        kind = kind_of(request)
        options = kept.get(kind)
        if options is None:
            outlooks = list_outlooks(catalogue, weights, request.task_type, request.needs, request.prefers)
            output = expected_output_tokens(request)
            options = kept[kind] = tuple([build_option(request, one, state, output) for one in outlooks])
        listed.append(options)
    return listed


def kind_of(request: Request) -> tuple[object, ...]:
    """All of a request that options depend on."""
    return (
        request.task_type,
        request.input_tokens,
        request.max_output_tokens,
        request.is_structured,
        request.needs,
        request.prefers,
    )


def build_option(request: Request, outlook: Outlook, state: RoutingState, output_tokens: int) -> Option:
    """One model as an option, with so many tokens expected as its answer."""
    model = outlook.model
    cost = plain_cost_usd(model.price, request.input_tokens, output_tokens)
    return Option(outlook, judge_with(request, model, state, outlook.lack), cost)


def option_of(
    request: Request, model: str, catalogue: Catalogue, *, weights: Weights | None, state: RoutingState
) -> Option:
    """The option of one model by its name."""
    outlooks = list_outlooks(catalogue, weights, request.task_type, request.needs, request.prefers)
    outlook = next(one for one in outlooks if one.model.name == model)
    return build_option(request, outlook, state, expected_output_tokens(request))


@lru_cache(maxsize=1024)
def list_outlooks(
    catalogue: Catalogue, weights: Weights | None, task_type: str, needs: frozenset[str], prefers: frozenset[str]
) -> tuple[Outlook, ...]:
    """What is expected of each model of the catalogue, in its order."""
    return tuple([build_outlook(model, weights, task_type, needs, prefers) for model in catalogue.models])


def build_outlook(
    model: Model, weights: Weights | None, task_type: str, needs: frozenset[str], prefers: frozenset[str]
) -> Outlook:
    """What is expected of one model."""
    quality, quality_se = predict_quality(task_type, model, weights=weights)
    cell = weights.cell(task_type, model.name) if weights else None
    latency_s = cell.latency_s if cell else model.prior_latency_s
    return Outlook(
        model=model,
        quality=quality,
        quality_se=quality_se,
        cautious_quality=quality - CAUTION * quality_se,
        latency_s=latency_s,
        known_as=(round(quality, 6), round(latency_s, 6)),
        lack=judge_skills(needs, model),
        n_preferred=count_had(prefers, model),
    )


def predict_quality(task_type: str, model: Model, *, weights: Weights | None) -> tuple[float, float]:
    """The expected quality and its standard error: the catalogue's prior, then what the ledger adds.

    The mean of two normal estimates, each weighed by its precision (Gelman et al., Bayesian Data Analysis, §2.5).
    """
    prior = model.prior(task_type)
    cell = weights.cell(task_type, model.name) if weights else None
    if cell is None:
        return prior, PRIOR_SE
    prior_variance, ledger_variance = PRIOR_SE**2, cell.quality_se**2
    trust = prior_variance / (prior_variance + ledger_variance)  # in the ledger; 1 where it has no error
    return prior + trust * (cell.quality - prior), math.sqrt(trust * ledger_variance)


def expected_output_tokens(request: Request) -> int:
    """The expected share of the output limit."""
    return math.ceil(request.max_output_tokens * EXPECTED_OUTPUT_SHARE)
