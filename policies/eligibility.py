"""Whether a model may serve a request at all, before any ranking; each exclusion has its reason."""

from __future__ import annotations

from policies.pricing import worst_case_usd
from policies.types import Model, Request, RoutingState


def judge_eligibility(request: Request, model: Model, *, state: RoutingState) -> str | None:
    """The first reason why `model` must not serve `request`, or None where it may."""
    return (
        judge_health(model, state)
        or judge_skills(request, model)
        or judge_limits(request, model)
        or judge_structure(request, model)
        or judge_budget(request, model, state)
    )


def judge_health(model: Model, state: RoutingState) -> str | None:
    """Out of service during this run."""
    reason = state.unavailable.get(model.name)
    return None if reason is None else f"unavailable: {reason or 'no reason was given'}"


def judge_skills(request: Request, model: Model) -> str | None:
    """Skills that the step needs and the model lacks, all of them named."""
    lacking = sorted(request.needs - model.skills)
    return f"lacks {', '.join(lacking)}" if lacking else None


def judge_limits(request: Request, model: Model) -> str | None:
    """The output limit, and the context window against the input estimate and the whole output."""
    if request.max_output_tokens > model.max_output_tokens:
        return f"answers at most {model.max_output_tokens} tokens; the step asks for {request.max_output_tokens}"
    total = request.input_tokens + request.max_output_tokens
    if total > model.context_window:
        parts = f"{request.input_tokens} in + {request.max_output_tokens} out"
        return f"needs {total} tokens ({parts}); its context window holds {model.context_window}"
    return None


def judge_structure(request: Request, model: Model) -> str | None:
    """JSON by schema where the step asks for it."""
    return "can't answer by a JSON schema" if request.is_structured and not model.has_structured_output else None


def judge_budget(request: Request, model: Model, state: RoutingState) -> str | None:
    """The worst case of one attempt against the money left; an unknown price can't be held to a budget."""
    if state.remaining_usd is None:
        return None
    worst = worst_case_usd(model.price, input_tokens=request.input_tokens, max_output_tokens=request.max_output_tokens)
    if worst is None:
        return "its price is unknown, so no budget can be kept"
    if worst > state.remaining_usd:
        return f"may cost {worst:f} USD; {state.remaining_usd:f} USD is left"
    return None
