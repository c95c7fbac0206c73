"""Whether a model may serve a request at all, before any ranking; each exclusion has its reason."""

from __future__ import annotations

from decimal import Decimal

from policies.rates import Rates, rates_of, usd_of, worst_case_nanos
from policies.skills import deployments_with, explain_lack
from policies.types import Model, Request, RoutingState

UNAVAILABLE = "unavailable: "  # how the reason begins that a model is out of service


def judge_eligibility(request: Request, model: Model, *, state: RoutingState) -> str | None:
    """The first reason why `model` must not serve `request`, or None where it may."""
    lack = judge_skills(request.needs, model)
    return judge_with(request, model, state, lack=lack, rates=rates_of(model.price))


def judge_with(request: Request, model: Model, state: RoutingState, *, lack: str | None, rates: Rates) -> str | None:
    """As `judge_eligibility`, with what `judge_skills` says and the model's rates, which many requests share."""
    return (
        (judge_health(model, state) if state.unavailable else None)
        or lack
        or judge_limits(request, model)
        or (judge_structure(model) if request.is_structured else None)
        or (None if state.remaining_usd is None else judge_budget(request, rates, state.remaining_usd))
    )


def judge_health(model: Model, state: RoutingState) -> str | None:
    """Out of service during this run."""
    reason = state.unavailable.get(model.name)
    return None if reason is None else f"{UNAVAILABLE}{reason or 'no reason was given'}"


def judge_skills(needs: frozenset[str], model: Model) -> str | None:
    """Skills that the step needs and no deployment of the model has, all of them named."""
    return None if deployments_with(needs, model) else explain_lack(needs, model)


def judge_limits(request: Request, model: Model) -> str | None:
    """The output limit, and the context window against the input estimate and the whole output."""
    output = request.max_output_tokens
    if output > model.max_output_tokens:
        return f"answers at most {model.max_output_tokens} tokens; the step asks for {output}"
    total = request.input_tokens + output
    if total > model.context_window:
        parts = f"{request.input_tokens} in + {output} out"
        return f"needs {total} tokens ({parts}); its context window holds {model.context_window}"
    return None


def judge_structure(model: Model) -> str | None:
    """JSON by schema, which the step asks for."""
    return None if model.has_structured_output else "can't answer by a JSON schema"


def judge_budget(request: Request, rates: Rates, remaining_usd: Decimal) -> str | None:
    """The worst case of one attempt against the money left; an unknown price can't be held to a budget."""
    worst = usd_of(worst_case_nanos(rates, request.input_tokens, request.max_output_tokens))
    if worst is None:
        return "its price is unknown, so no budget can be kept"
    return f"may cost {worst:f} USD; {remaining_usd:f} USD is left" if worst > remaining_usd else None
