"""One decision told on one screen: what was chosen, by which rule or policy, and why each other model was not."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping

from policies.cascade.terms import CascadeView
from policies.flips import flip_of, tell_flip
from policies.forecast import Forecast
from policies.forecast_telling import tell_forecast, tell_grounds
from policies.types import Candidate, CellMean, Decision

WIDTH = 80
MODEL_WIDTH = 22
_INDENT = "    "
_CHANGE = "first with "
NOTHING: Mapping[str, CellMean] = {}


def explain(
    decision: Decision,
    *,
    request_line: str,
    learned: Mapping[str, CellMean] = NOTHING,
    forecast: Forecast | None = None,
) -> str:
    """Plain text of at most 80 columns, without a final newline; `request_line` says what was asked.

    `learned` is what the weights knew of the request's task type on each model; of the others there was a prior alone.
    `forecast` is what a predictor made of its text.
    """
    lines = [*wrap(request_line), ""]
    lines += wrap(f"chosen: {decision.model}" if decision.model else "chosen: none")
    lines += wrap(how(decision))
    if decision.fallbacks:
        lines += wrap(f"then, if it fails: {', '.join(decision.fallbacks)}")
    lines += wrap(versions(decision))
    lines += wrap(tell_cascade(decision.cascade)) if decision.cascade is not None else []
    lines += wrap("" if forecast is None else tell_forecast(forecast))
    lines += ["", header()]
    for candidate in in_order(decision):
        cell = learned.get(candidate.model)
        made_of = "" if forecast is None else tell_grounds(forecast, candidate.model, is_learned=cell is not None)
        lines += describe(candidate, decision, cell, made_of=made_of)
    if decision.refusal is not None:
        lines += ["", *wrap("refused: no model may serve this request")]
    return "\n".join(lines)


def how(decision: Decision) -> str:
    """By which policy, rule and chance."""
    parts = [f"by: {decision.policy}"]
    if decision.rule:
        parts.append(f"rule {decision.rule}")
    if decision.model:
        parts.append(f"probability {decision.propensity:.4g}")
    if decision.explored:
        parts.append("drawn at random")
    if decision.lambda_ is not None:
        parts.append(f"λ {decision.lambda_:.4g} per USD")
    return ", ".join(parts)


def tell_cascade(view: CascadeView) -> str:
    """Which cascade was taken and what is expected of it, or why none was."""
    if view.first is None or view.threshold is None or view.quality is None:
        return f"cascade by {view.check}: none, {view.reason}"
    cost = "unknown" if view.cost_usd is None else f"{view.cost_usd:.9f} USD"
    expected = (
        f"{view.first} then {view.second} unless {view.check} gives {view.threshold:.3g} or more,"
        f" as it is expected to {view.pass_rate or 0.0:.0%}: quality {view.quality:.3f}, cost {cost},"
        f" utility {view.utility or 0.0:.4g}, from {view.learned_from} logged answers"
    )
    return f"cascade: {expected}" if view.is_taken else f"no cascade: {view.reason}; {expected}"


def versions(decision: Decision) -> str:
    """What the decision rested on."""
    return f"weights: {decision.weights_version or 'none, priors only'}, rules: {decision.rules_version or 'not used'}"


def in_order(decision: Decision) -> Iterable[Candidate]:
    """The chosen one, then the fallbacks in order, then the others in the catalogue's order."""
    ranks = {name: i for i, name in enumerate((decision.model, *decision.fallbacks))}
    return sorted(decision.candidates, key=lambda c: ranks.get(c.model, len(ranks)))


def header() -> str:
    """The head of the table of candidates."""
    known = f"{'quality':>7} {'calls':>6} {'cost, USD':>13} {'latency':>8} {'utility':>9}"
    return f"  {'model':<{MODEL_WIDTH}} {'may':<3} {known}"


def describe(candidate: Candidate, decision: Decision, cell: CellMean | None, *, made_of: str = "") -> list[str]:
    """One candidate: its numbers, and below them what they rest on, its reason and what would have put it first."""
    name = candidate.model if len(candidate.model) <= MODEL_WIDTH else candidate.model[: MODEL_WIDTH - 1] + "…"
    cost = "unknown" if candidate.p_cost_usd is None else f"{candidate.p_cost_usd:.9f}"
    row = (
        f"{'*' if candidate.model == decision.model else ' '} {name:<{MODEL_WIDTH}}"
        f" {'yes' if candidate.eligible else 'no':<3} {number(candidate.p_quality, '.3f'):>7}"
        f" {'prior' if cell is None else cell.n:>6} {cost:>13} {number(candidate.p_latency_s, '.2f', ' s'):>8}"
        f" {number(candidate.utility, '.4g'):>9}"
    )
    flip = flip_of(candidate, decision)
    change = "" if flip is None else tell_flip(flip)
    first = f"{_CHANGE}{change}" if change else ""
    told = [made_of, candidate.reason, credit_told(cell), first]
    return [row.rstrip(), *(line for text in told for line in wrap(text, indent=_INDENT))]


def credit_told(cell: CellMean | None) -> str:
    """How far the quality is that of the items' final answers; "" where it is the step's own."""
    if cell is None or not cell.credit:
        return ""
    own = "" if cell.own_quality is None else f"; its own scores: {cell.own_quality:.3f}"
    return f"learned quality {cell.quality:.3f}, {cell.credit:.0%} of it credited from final scores{own}"


def number(value: float | None, form: str, unit: str = "") -> str:
    """A number, or a dash where there is none."""
    return "-" if value is None else f"{value:{form}}{unit}"


def wrap(text: str, *, indent: str = "") -> list[str]:
    """The text in lines of at most 80 columns; control characters become spaces, nothing gives no line."""
    printable = "".join(c if c.isprintable() else " " for c in text)
    return textwrap.wrap(printable, WIDTH, initial_indent=indent, subsequent_indent=indent or "  ")
