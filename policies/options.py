"""Every model as one request sees it: eligible or not, with what is predicted of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from policies.eligibility import judge_eligibility
from policies.pricing import cost_usd
from policies.types import Catalogue, Model, Request, RoutingState, Weights

# A prior is a guess: it counts as much as a ledger mean whose standard error is this large (10 or so scored calls).
PRIOR_SE = 0.15
# Answers seldom use their whole limit. The same share for all models, so that it ranks none of them up.
EXPECTED_OUTPUT_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Option:
    """One model for one request. `exclusion` is the reason it may not serve, or None.

    `quality` is the predicted score in [0, 1] with its standard error; `cost_usd` the expected cost, None if unknown.
    """

    model: Model
    exclusion: str | None
    quality: float
    quality_se: float
    cost_usd: Decimal | None
    latency_s: float


def list_options(
    request: Request, catalogue: Catalogue, *, weights: Weights | None, state: RoutingState
) -> tuple[Option, ...]:
    """Every model of the catalogue as an option, in its order, eligible or not."""
    return tuple(build_option(request, model, weights=weights, state=state) for model in catalogue.models)


def build_option(request: Request, model: Model, *, weights: Weights | None, state: RoutingState) -> Option:
    """One model as an option."""
    quality, quality_se = predict_quality(request.task_type, model, weights=weights)
    cell = weights.cell(request.task_type, model.name) if weights else None
    return Option(
        model=model,
        exclusion=judge_eligibility(request, model, state=state),
        quality=quality,
        quality_se=quality_se,
        cost_usd=predict_cost(request, model),
        latency_s=cell.latency_s if cell else model.prior_latency_s,
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


def predict_cost(request: Request, model: Model) -> Decimal | None:
    """The expected cost of one attempt in USD: the input estimate and the expected share of the output limit."""
    output_tokens = math.ceil(request.max_output_tokens * EXPECTED_OUTPUT_SHARE)
    return cost_usd(model.price, input_tokens=request.input_tokens, output_tokens=output_tokens)


def eligible(options: Sequence[Option]) -> tuple[Option, ...]:
    """The options that may serve."""
    return tuple(option for option in options if option.exclusion is None)
