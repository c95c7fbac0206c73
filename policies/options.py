"""Every model as one request sees it: eligible or not, with what is predicted of it.

All that is known of the models stands in columns, by their number in the catalogue, and is worked out when it is asked
for: a rule that names three models of twenty never looks at the others, until somebody asks why they lost.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import NamedTuple

from policies.cascade.evidence import CheckLevels
from policies.eligibility import judge_skills, judge_with
from policies.forecast import Forecast
from policies.pricing import INPUT_SAFETY_MARGIN
from policies.pulse import Strain, strain_of
from policies.rates import NANOS_PER_USD, Rates, cost_nanos, rates_of, usd_of
from policies.skills import count_had
from policies.types import Catalogue, Model, Request, RoutingState, Weights

# A prior is a guess: it counts as much as a ledger mean whose standard error is this large (10 or so scored calls).
PRIOR_SE = 0.15
# One standard error below the mean: what is little known has to promise more before it is chosen.
CAUTION = 1.0
# Answers seldom use their whole limit. The same share for all models, so that it ranks none of them up.
EXPECTED_OUTPUT_SHARE = 0.5
AMPLE = 1.001  # how far money must exceed a bound that is reckoned in floats


class Able(NamedTuple):
    """The numbers of the models with all skills that are needed, and the limits that the tightest of them has.

    `dearest_usd` are USD per token of input and of output that none of them exceeds; None where a price is unknown.
    """

    numbers: tuple[int, ...]
    context_window: int
    max_output_tokens: int
    dearest_usd: tuple[float, float] | None

    def fits(self, request: Request, remaining_usd: Decimal) -> bool:
        """Whether an attempt on any of them surely fits the money left; where it is close, each has to be asked."""
        if self.dearest_usd is None:
            return False
        per_input, per_output = self.dearest_usd
        inflated = request.input_tokens * INPUT_SAFETY_MARGIN + 1
        return (inflated * per_input + request.max_output_tokens * per_output) * AMPLE < float(remaining_usd)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is expected of each model for a task type and some skills, whatever else the request is.

    Columns in the catalogue's order. `lacks` is why a model has not all skills that are needed, or None; `n_preferred`
    how many of those preferred it has. `qualities` are predicted scores in [0, 1] with their standard errors,
    `cautious_qualities` the lower confidence bounds q̲. `merits` orders the models by cautious quality, the most
    preferred first where it is equal, and `has_ties` where both are. `able` are those that lack nothing,
    `able_structured` those of them that can answer by a schema. `output_tokens` are what answers are expected to take
    where a predictor knows; None where none is in force. `checks` is what is known of checks, by scorer.
    """

    models: tuple[Model, ...]
    numbers: Mapping[str, int]
    qualities: tuple[float, ...]
    quality_ses: tuple[float, ...]
    cautious_qualities: tuple[float, ...]
    latencies_s: tuple[float, ...]
    lacks: tuple[str | None, ...]
    n_preferred: tuple[int, ...]
    merits: tuple[tuple[float, int], ...]
    has_ties: bool
    rates: tuple[Rates, ...]
    able: Able
    able_structured: Able
    checks: Mapping[str, tuple[CheckLevels, ...]]
    output_tokens: tuple[int | None, ...] | None = None

    def known_as(self, number: int) -> tuple[float, float]:
        """Quality and latency as decisions record them."""
        return round(self.qualities[number], 6), round(self.latencies_s[number], 6)

    def margin(self, number: int) -> float:
        """How far the cautious quality is below the predicted one."""
        return self.qualities[number] - self.cautious_qualities[number]


class Option(NamedTuple):
    """One model for one request, in scores with the standard error, seconds and USD (None: its price is unknown)."""

    model: Model
    quality: float
    latency_s: float
    cost_usd: Decimal | None
    quality_se: float


@dataclass(frozen=True, eq=False)
class Options:
    """All models of the catalogue as one request in one state sees them, by their number there."""

    outlook: Outlook
    request: Request
    state: RoutingState

    def exclusion(self, number: int) -> str | None:
        """Why a model may not serve, or None."""
        outlook = self.outlook
        model, lack, rates = outlook.models[number], outlook.lacks[number], outlook.rates[number]
        return judge_with(self.request, model, self.state, lack=lack, rates=rates)

    @cached_property
    def eligible(self) -> tuple[int, ...]:
        """The models that may serve, in the catalogue's order."""
        request, state = self.request, self.state
        able = self.outlook.able_structured if request.is_structured else self.outlook.able
        output = request.max_output_tokens
        is_within = output <= able.max_output_tokens and request.input_tokens + output <= able.context_window
        money = state.remaining_usd
        if is_within and not state.unavailable and (money is None or able.fits(request, money)):
            return able.numbers
        return tuple([number for number in able.numbers if self.exclusion(number) is None])

    def eligible_among(self, numbers: Sequence[int]) -> tuple[int, ...]:
        """Those of some models that may serve, in the same order."""
        return tuple([number for number in numbers if self.exclusion(number) is None])

    def cost_nanos(self, number: int) -> int | None:
        """The expected cost of one attempt, in billionths of a USD; None where the price is unknown."""
        request, foreseen = self.request, self.outlook.output_tokens
        tokens = expected_output_tokens(request) if foreseen is None else self.foreseen_tokens(foreseen[number])
        return cost_nanos(self.outlook.rates[number], request.input_tokens, tokens)

    def foreseen_tokens(self, tokens: int | None) -> int:
        """The tokens that a predictor expects of an answer, within the limit; the usual share where it knows none."""
        request = self.request
        return expected_output_tokens(request) if tokens is None else min(tokens, request.max_output_tokens)

    def cost(self, number: int) -> float:
        """The expected cost in USD for weighing; an unknown one is infinite, since it can't be weighed."""
        nanos = self.cost_nanos(number)
        return math.inf if nanos is None else nanos / NANOS_PER_USD

    @cached_property
    def dearest_usd(self) -> float:
        """The expected cost of the dearest model that may serve, as far as it is known; 0 where none is."""
        return max((cost for number in self.eligible if math.isfinite(cost := self.cost(number))), default=0.0)

    def cost_usd(self, number: int) -> Decimal | None:
        """The expected cost in USD for the record; None where it is unknown."""
        return usd_of(self.cost_nanos(number))

    def strain(self, number: int) -> Strain | None:
        """What the latest calls on a model make of its predictions; None where there were none."""
        pulse = self.state.pulses.get(self.name(number))
        return None if pulse is None else strain_of(pulse, self.request.task_type)

    def name(self, number: int) -> str:
        """The model's name."""
        return self.outlook.models[number].name

    def __getitem__(self, name: str) -> Option:
        """One model by its name."""
        number = self.outlook.numbers[name]
        outlook = self.outlook
        return Option(
            outlook.models[number],
            outlook.qualities[number],
            outlook.latencies_s[number],
            self.cost_usd(number),
            outlook.quality_ses[number],
        )


def list_options(
    requests: Sequence[Request], catalogue: Catalogue, *, weights: Weights | None, state: RoutingState
) -> list[Options]:
    """For each request the models of the catalogue; requests that differ in nothing that matters share theirs."""
    kept: dict[tuple[object, ...], Options] = {}
    foreseen: dict[tuple[object, ...], Outlook] = {}
    listed = []
    for request in requests:
        forecast = request.forecast
        is_foreseen = forecast is not None and forecast.declined is None
        kind = (*kind_of(request), id(forecast)) if is_foreseen else kind_of(request)
        options = kept.get(kind)
        if options is None:
            outlook = outlook_of(catalogue, weights, request.task_type, request.needs, request.prefers)
            if forecast is not None and is_foreseen:
                key = (request.task_type, request.needs, request.prefers, id(forecast))
                outlook = foreseen.get(key) or foreseen.setdefault(key, foresee(outlook, forecast))
            options = kept[kind] = Options(outlook, request, state)
        listed.append(options)
    return listed


def foresee(outlook: Outlook, forecast: Forecast) -> Outlook:
    """The outlook of one request: of the models that its forecast knows, what that says; of the others, as it was."""
    known, quality, se, tokens, latency_s = forecast.numbers()
    places = [(number, known.get(name)) for name, number in outlook.numbers.items()]
    qualities = tuple([outlook.qualities[n] if i is None else quality[i] for n, i in places])
    ses = tuple([outlook.quality_ses[n] if i is None else se[i] for n, i in places])
    seconds = [None if i is None else latency_s[i] for _, i in places]
    latencies_s = tuple([s if s is not None else outlook.latencies_s[n] for n, s in enumerate(seconds)])
    cautious = tuple([quality - CAUTION * se for quality, se in zip(qualities, ses, strict=True)])
    merits = tuple([(-quality, -n) for quality, n in zip(cautious, outlook.n_preferred, strict=True)])
    return Outlook(
        models=outlook.models,
        numbers=outlook.numbers,
        qualities=qualities,
        quality_ses=ses,
        cautious_qualities=cautious,
        latencies_s=latencies_s,
        lacks=outlook.lacks,
        n_preferred=outlook.n_preferred,
        merits=merits,
        has_ties=len(set(merits)) < len(merits),
        rates=outlook.rates,
        able=outlook.able,
        able_structured=outlook.able_structured,
        checks=outlook.checks,
        output_tokens=tuple([None if i is None else tokens[i] for _, i in places]),
    )


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


@lru_cache(maxsize=1024)
def outlook_of(
    catalogue: Catalogue, weights: Weights | None, task_type: str, needs: frozenset[str], prefers: frozenset[str]
) -> Outlook:
    """What is expected of the models of a catalogue."""
    models = catalogue.models
    predictions = [predict_quality(task_type, model, weights=weights) for model in models]
    qualities, quality_ses = zip(*predictions, strict=True) if predictions else ((), ())
    cautious = tuple([quality - CAUTION * se for quality, se in predictions])
    latencies_s = tuple([predict_latency_s(task_type, model, weights=weights) for model in models])
    lacks = tuple([judge_skills(needs, model) for model in models])
    n_preferred = tuple([count_had(prefers, model) for model in models])
    merits = tuple(zip([-quality for quality in cautious], [-n for n in n_preferred], strict=True))
    able = [number for number, lack in enumerate(lacks) if lack is None]
    return Outlook(
        models=models,
        numbers={model.name: number for number, model in enumerate(models)},
        qualities=qualities,
        quality_ses=quality_ses,
        cautious_qualities=cautious,
        latencies_s=latencies_s,
        lacks=lacks,
        n_preferred=n_preferred,
        merits=merits,
        has_ties=len(set(merits)) < len(merits),
        rates=tuple([rates_of(model.price) for model in models]),
        able=able_of(models, able),
        able_structured=able_of(models, [number for number in able if models[number].has_structured_output]),
        checks={} if weights is None else weights.checks_of(task_type),
    )


def able_of(models: Sequence[Model], numbers: Sequence[int]) -> Able:
    """Some models with their tightest limits."""
    some = [models[number] for number in numbers]
    context_window = min((model.context_window for model in some), default=0)
    max_output_tokens = min((model.max_output_tokens for model in some), default=0)
    return Able(tuple(numbers), context_window, max_output_tokens, dearest_usd(some))


def dearest_usd(models: Sequence[Model]) -> tuple[float, float] | None:
    """USD per token of input, cached or not, and of output that no model exceeds; None where a price is unknown."""
    prices = [model.price for model in models]
    if any(price.input is None or price.output is None for price in prices):
        return None
    inputs = [float(rate) for price in prices for rate in (price.input, price.cached) if rate is not None]
    outputs = [float(price.output or 0) for price in prices]
    return max(inputs, default=0.0) / 1e6, max(outputs, default=0.0) / 1e6


def predict_latency_s(task_type: str, model: Model, *, weights: Weights | None) -> float:
    """The expected seconds of one attempt: the ledger's mean, else the catalogue's prior."""
    cell = weights.cell(task_type, model.name) if weights else None
    return cell.latency_s if cell else model.prior_latency_s


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
