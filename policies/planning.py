"""What a step will cost and how good it will be, before its first call; and whether a budget can hold it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from policies.cascade.terms import CascadeTerms, CascadeView
from policies.options import Option, Options, list_options
from policies.planned_load import NORMAL_95, Serving, quality_margin, stages_of
from policies.pricing import cost_usd, worst_case_usd
from policies.run_time import Load
from policies.selection import check_of
from policies.types import Catalogue, Decision, Policy, Request, RoutingState, Weights

NANO = Decimal("0.000000001")


@dataclass(frozen=True, slots=True)
class ModelShare:
    """What one model is to serve, or a cascade, as "first → second": expected cost in USD (None: a price is unknown),
    mean quality, seconds in all."""

    model: str
    n_requests: int
    expected_usd: Decimal | None
    expected_quality: float
    expected_latency_s: float


@dataclass(frozen=True, slots=True)
class StepPlan:
    """One step's forecast. All costs are USD for all of its requests that can be served; None where a price is unknown.

    `expected_usd` and `worst_usd` follow the policy's choices with one attempt each, of a cascade the second one as
    often as it is expected, and in the worst case always; `margin_usd` is half of the 95 % interval around the former,
    see `margin_of`; `dearest_call_usd` is the largest worst case of one attempt. `cheapest_usd` takes for each request
    the cheapest model that the policy would ever try (of a rule's shortlist, say). `refused` holds the reasons of
    requests that nothing may serve, each with their number. `problem` says why the budget can't hold the step, or None.
    `n_cascaded` requests are served by cascades, of which `n_escalated` are expected to go on to a second model.
    `quality_margin` is half of the 95 % interval around the mean quality, and `stages` what is asked of models, one
    after the other: see `policies.planned_load`. `last_per_usd` and `next_per_usd` are what the last USD bought here,
    and the next would, in quality: see `policies.allocation.outlay`.
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
    n_cascaded: int = 0
    n_escalated: float = 0.0
    last_per_usd: float | None = None
    next_per_usd: float | None = None
    quality_margin: float | None = None
    stages: tuple[tuple[Load, ...], ...] = ()

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
    terms = check_of(policy)
    chosen = [Chosen.of(request, made, options, terms) for request, made, options in seen if made.model is not None]
    cheapest = total(cheapest_options(requests, catalogue, policy, weights=weights, state=state))
    options = [one.expected for one in chosen]
    return StepPlan(
        policy=policy.name,
        n_requests=len(requests),
        shares=share_out(chosen, catalogue),
        expected_usd=total(options),
        worst_usd=add_up(worst for one in chosen for worst in one.worst_usd),
        cheapest_usd=cheapest,
        expected_quality=mean_quality(options),
        lambda_=next((d.lambda_ for d in decisions if d.lambda_ is not None), None),
        refused=count_refusals(decisions),
        problem=judge_plan(cheapest, state.remaining_usd),
        dearest_call_usd=max((w for one in chosen for w in one.worst_usd if w is not None), default=None),
        margin_usd=margin_of(chosen, catalogue),
        n_cascaded=sum(one.view is not None for one in chosen),
        n_escalated=sum(one.goes_on for one in chosen),
        quality_margin=quality_margin(options),
        stages=stages_of([Serving(one.request, one.stages, one.goes_on, one.n_samples) for one in chosen]),
    )


@dataclass(frozen=True, slots=True)
class Chosen:
    """What serves one request: its models, one of a cascade after the other, and what is expected of them together."""

    request: Request
    stages: tuple[Option, ...]
    expected: Option
    view: CascadeView | None
    n_samples: float = 0.0

    @classmethod
    def of(cls, request: Request, made: Decision, options: Options, terms: CascadeTerms | None) -> Chosen:
        """What a decision that names a model comes to; `terms` are those of the cascades that were weighed for it."""
        first, view = options[made.model or ""], made.cascade
        is_taken = view is not None and view.is_taken and view.second is not None
        n_samples = 0.0
        if terms is not None and view is not None:
            is_dearest = float(first.cost_usd or math.inf) >= options.dearest_usd
            n_samples = terms.samples if is_taken else 0.0 if is_dearest else terms.overhead
        if view is None or not is_taken or view.second is None:
            return cls(request, (first,), with_samples(first, n_samples), None, n_samples)
        together = first._replace(quality=view.quality or 0.0, latency_s=view.latency_s or 0.0, cost_usd=view.cost_usd)
        return cls(request, (first, options[view.second]), together, view, n_samples)

    @property
    def goes_on(self) -> float:
        """How often the second model of a cascade is expected to be asked; 0 without one."""
        return 0.0 if self.view is None else 1 - (self.view.pass_rate or 0.0)

    @property
    def label(self) -> str:
        """The model, or the models of the cascade."""
        return " → ".join(stage.model.name for stage in self.stages)

    @property
    def worst_usd(self) -> tuple[Decimal | None, ...]:
        """The worst case of one attempt at each model, of a cascade at both; and of the further answers that its check
        asks for."""
        costs = tuple(worst_usd(self.request, stage) for stage in self.stages)
        return costs + costs[:1] * math.ceil(self.n_samples)

    @property
    def full_usd(self) -> Decimal | None:
        """What one attempt at each model costs whose answers are as long as allowed, a second one as often as
        expected."""
        first, *others = [full_usd(self.request, stage) for stage in self.stages]
        if first is None or any(cost is None for cost in others):
            return None
        first *= 1 + Decimal(self.n_samples)
        return first + sum((Decimal(self.goes_on) * (cost or 0) for cost in others), Decimal(0))

    @property
    def escalation_variance(self) -> float:
        """The variance of the cost that is due to whether a cascade goes on, in USD²; 0 of a model alone."""
        if self.view is None:
            return 0.0
        rate, cost = self.view.pass_rate or 0.0, float(self.stages[-1].cost_usd or 0)
        return rate * (1 - rate) * cost**2


def with_samples(option: Option, n_samples: float) -> Option:
    """A model alone with what is asked of it besides, to learn what a check is worth."""
    if not n_samples or option.cost_usd is None:
        return option
    return option._replace(cost_usd=(option.cost_usd * (1 + Decimal(n_samples))).quantize(NANO))


def margin_of(chosen: Sequence[Chosen], catalogue: Catalogue) -> Decimal | None:
    """Half of the 95 % interval of the expected cost in USD; None where a price is unknown.

    Prompts can be counted, answers can't: an answer is expected to take half of its limit, and may take any share. That
    share is taken as uniform, both in the mean of what a model answers in the step, which is not known either, and
    from call to call; so with n calls of a model, whose answers cost d less at none and d more at all of their limit,
    the variance is d² / 3 · (1 + 1 / n), and models add up. Of cascades, whose first models they are counted with, also
    which answers fail is not known: with a share p, and costs c of the second model, that adds Σ p(1 - p)c².
    """
    variance = sum(one.escalation_variance for one in chosen)
    for model in catalogue.models:
        some = [one for one in chosen if one.stages[0].model is model]
        expected, dearest = total(one.expected for one in some), add_up(one.full_usd for one in some)
        if expected is None or dearest is None:
            return None
        most = float(dearest - expected)
        variance += most**2 / 3 * (1 + 1 / len(some)) if some else 0.0
    half = Decimal(NORMAL_95 * math.sqrt(variance)).quantize(NANO)
    return half if (known := total(one.expected for one in chosen)) is None else min(half, known)


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


def share_out(chosen: Sequence[Chosen], catalogue: Catalogue) -> tuple[ModelShare, ...]:
    """What each model serves alone, in the catalogue's order, then each cascade; what serves nothing is left out."""
    by_label: dict[str, list[Option]] = {model.name: [] for model in catalogue.models}
    for one in chosen:
        by_label.setdefault(one.label, []).append(one.expected)
    return tuple(build_share(label, some) for label, some in by_label.items() if some)


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
