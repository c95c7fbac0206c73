"""What a step will cost and how good it will be, before its first call; and whether a budget can hold it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from policies.options import Option, list_options
from policies.pricing import cost_usd, worst_case_usd
from policies.types import Catalogue, Decision, Policy, Request, RoutingState, Weights

NORMAL_95 = 1.96
NANO = Decimal("0.000000001")


@dataclass(frozen=True, slots=True)
class ModelShare:
    """What one model is to serve: expected cost in USD (None: a price is unknown), mean quality, seconds in all."""

    model: str
    n_requests: int
    expected_usd: Decimal | None
    expected_quality: float
    expected_latency_s: float


@dataclass(frozen=True, slots=True)
class StepPlan:
    """One step's forecast. All costs are USD for all of its requests that can be served; None where a price is unknown.

    `expected_usd` and `worst_usd` follow the policy's choices with one attempt each; `margin_usd` is half of the 95 %
    interval around the former, see `margin_of`; `dearest_call_usd` is the largest worst case of one attempt.
    `cheapest_usd` takes for each request the cheapest model that the policy would ever try (of a rule's shortlist,
    say). `refused` holds the reasons of requests that nothing may serve, each with their number. `problem` says why the
    budget can't hold the step, or None. `last_per_usd` and `next_per_usd` are what the last USD bought here, and the
    next would, in quality: see `policies.allocation.outlay`.
    """

    policy: str
    n_requests: int
    shares: tuple[ModelShare, ...]
    expected_usd: Decimal | None
    worst_usd: Decimal | None
    cheapest_usd: Decimal | None
    expected_quality: float | None
    lambda_: float | None
    refused: tuple[tuple[str, int], ...]
    problem: str | None
    dearest_call_usd: Decimal | None = None
    margin_usd: Decimal | None = None
    last_per_usd: float | None = None
    next_per_usd: float | None = None

    @property
    def n_refused(self) -> int:
        """How many requests nothing may serve."""
        return sum(n for _, n in self.refused)


def plan_step(
    requests: Sequence[Request],
    catalogue: Catalogue,
    policy: Policy,
    weights: Weights | None,
    state: RoutingState,
) -> StepPlan:
    """Forecast one step: the policy decides all of its requests at once, under the budget of `state`, if there is one.

    A budget that even the cheapest choice of every request would exceed in expectation is a `problem`; nothing raises.
    """
    decisions = policy.decide(requests, catalogue, weights=weights, state=state)
    seen = zip(requests, decisions, list_options(requests, catalogue, weights=weights, state=state), strict=True)
    chosen = [(request, options[made.model]) for request, made, options in seen if made.model is not None]
    cheapest = total(cheapest_options(requests, catalogue, policy, weights=weights, state=state))
    options = [option for _, option in chosen]
    return StepPlan(
        policy=policy.name,
        n_requests=len(requests),
        shares=share_out(options, catalogue),
        expected_usd=total(options),
        worst_usd=add_up(worst_usd(request, option) for request, option in chosen),
        cheapest_usd=cheapest,
        expected_quality=mean_quality(options),
        lambda_=next((d.lambda_ for d in decisions if d.lambda_ is not None), None),
        refused=count_refusals(decisions),
        problem=judge_plan(cheapest, state.remaining_usd),
        dearest_call_usd=max((worst for pair in chosen if (worst := worst_usd(*pair)) is not None), default=None),
        margin_usd=margin_of(chosen, catalogue),
    )


def margin_of(chosen: Sequence[tuple[Request, Option]], catalogue: Catalogue) -> Decimal | None:
    """Half of the 95 % interval of the expected cost in USD; None where a price is unknown.

    Prompts can be counted, answers can't: an answer is expected to take half of its limit, and may take any share. That
    share is taken as uniform, both in the mean of what a model answers in the step, which is not known either, and
    from call to call; so with n calls of a model, whose answers cost d less at none and d more at all of their limit,
    the variance is d² / 3 · (1 + 1 / n), and models add up.
    """
    variance = 0.0
    for model in catalogue.models:
        some = [(request, option) for request, option in chosen if option.model is model]
        expected, dearest = total(option for _, option in some), add_up(full_usd(*pair) for pair in some)
        if expected is None or dearest is None:
            return None
        most = float(dearest - expected)
        variance += most**2 / 3 * (1 + 1 / len(some)) if some else 0.0
    half = Decimal(NORMAL_95 * math.sqrt(variance)).quantize(NANO)
    return half if (known := total(option for _, option in chosen)) is None else min(half, known)


def full_usd(request: Request, option: Option) -> Decimal | None:
    """What an attempt costs whose answer is as long as allowed."""
    return cost_usd(option.model.price, input_tokens=request.input_tokens, output_tokens=request.max_output_tokens)


def cheapest_options(
    requests: Sequence[Request],
    catalogue: Catalogue,
    policy: Policy,
    *,
    weights: Weights | None,
    state: RoutingState,
) -> list[Option]:
    """The cheapest option of each request among those that the policy would ever try, as if there were no budget."""
    unbounded = replace(state, remaining_usd=None)
    decisions = policy.decide(requests, catalogue, weights=weights, state=unbounded)
    listed = list_options(requests, catalogue, weights=weights, state=unbounded)
    cheapest = []
    for made, options in zip(decisions, listed, strict=True):
        if made.model is not None:
            numbers = [options.outlook.numbers[name] for name in (made.model, *made.fallbacks)]
            cheapest.append(options[options.name(min(numbers, key=options.cost))])
    return cheapest


def judge_plan(cheapest: Decimal | None, budget: Decimal | None) -> str | None:
    """Why the budget can't hold the step, in one line."""
    if budget is None:
        return None
    if cheapest is None:
        return f"no model with a known price may serve some request, so the budget of {budget:f} USD can't be kept"
    if cheapest > budget:
        return f"the cheapest plan costs {cheapest:f} USD; the budget is {budget:f} USD"
    return None


def share_out(options: Sequence[Option], catalogue: Catalogue) -> tuple[ModelShare, ...]:
    """What each model serves, in the catalogue's order; models that serve nothing are left out."""
    by_model: Mapping[str, list[Option]] = {model.name: [] for model in catalogue.models}
    for option in options:
        by_model[option.model.name].append(option)
    return tuple(build_share(name, some) for name, some in by_model.items() if some)


def build_share(name: str, options: Sequence[Option]) -> ModelShare:
    """One model's share."""
    latency_s = sum(option.latency_s for option in options)
    return ModelShare(name, len(options), total(options), mean_quality(options) or 0.0, latency_s)


def total(options: Iterable[Option]) -> Decimal | None:
    """The expected costs added up."""
    return add_up(option.cost_usd for option in options)


def worst_usd(request: Request, option: Option) -> Decimal | None:
    """The worst case of one attempt."""
    return worst_case_usd(
        option.model.price, input_tokens=request.input_tokens, max_output_tokens=request.max_output_tokens
    )


def add_up(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum, None as soon as one amount is unknown; 0 for none at all."""
    known = Decimal(0)
    for amount in amounts:
        if amount is None:
            return None
        known += amount
    return known


def mean_quality(options: Sequence[Option]) -> float | None:
    """The mean predicted quality in [0, 1]; None for none at all."""
    return sum(option.quality for option in options) / len(options) if options else None


def count_refusals(decisions: Sequence[Decision]) -> tuple[tuple[str, int], ...]:
    """The refusals with their numbers, the most frequent first."""
    counts = Counter(d.refusal for d in decisions if d.model is None and d.refusal)
    return tuple(counts.most_common())
