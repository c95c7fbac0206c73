"""The conditions of the gate that rest on logged decisions: enough of them, better by one of two tests, and not dear.

A candidate is better if one of two tests says so, which err in 5 % of the cases together where it is not:

- *quality at equal cost*: the lower bound (of 96 %, one-sided) of the gain in q - λc is above the tolerance. λ is what
  each decision was made by: what money was worth to it. Where it was worth nothing, quality alone counts.
- *cost at equal quality*: the upper bound of the growth of cost is below minus the tolerance, and the lower bound of
  the gain in quality above minus the margin (each of 99 %; both have to hold, so that together they err no more).
"""

from __future__ import annotations

from policies.gate.conditions import Condition
from policies.gate.evidence import Evidence
from policies.gate.thresholds import Thresholds

BETTER = "better: quality at equal cost, or cost at equal quality"


def judge_evidence(evidence: Evidence, limits: Thresholds, *, has_live: bool) -> tuple[Condition, ...]:
    """The conditions, with their figures.

    Without a live version there is nothing to replace: what the log says is told, and holds nothing up. A candidate
    that decides every logged decision as the live version does is taken for its fresher figures.
    """
    if not has_live:
        return (Condition("the first version needs no proof", True, tell_first(evidence)),)
    if evidence.n and not evidence.moved_share:
        detail = (
            f"it decides all {evidence.n:,} logged decisions as the live version does: only its figures are fresher"
        )
        return (Condition(BETTER, True, detail),)
    judges = (has_evidence, is_better, is_affordable, is_gradual)
    return tuple(judge(evidence, limits) for judge in judges)


def tell_first(evidence: Evidence) -> str:
    """That nothing was proven, and what the log says nevertheless."""
    what = "not proven: no version was live"
    if evidence.worth is None or evidence.worth_low is None:
        return f"{what}, and the log has too little evidence to compare it with the catalogue's priors"
    return (
        f"{what}; against the catalogue's priors the log says {evidence.worth:+.3f} of quality at equal cost, "
        f"at least {evidence.worth_low:+.3f}"
    )


def has_evidence(evidence: Evidence, limits: Thresholds) -> Condition:
    """Enough decisions that would be made otherwise were tried by chance."""
    detail = (
        f"there are {evidence.effective_n:,.0f}, of {evidence.n_moved:,} decisions that would be made otherwise; "
        f"{evidence.n_evidence:,} of {evidence.n:,} logged decisions are evidence, {evidence.n_fixed:,} were no draw, "
        f"of {evidence.n_blind:,} the log never tried the choice"
    )
    name = f"at least {limits.min_effective_n:g} effective decisions that would be made otherwise"
    return Condition(name, evidence.effective_n >= limits.min_effective_n, detail)


def is_better(evidence: Evidence, limits: Thresholds) -> Condition:
    """One of the two tests says so."""
    parts = (tell_quality(evidence, limits), tell_cost(evidence, limits))
    held = gains_quality(evidence, limits) or saves_cost(evidence, limits)
    return Condition(BETTER, held, "; ".join(parts))


def gains_quality(evidence: Evidence, limits: Thresholds) -> bool:
    """Quality at equal cost."""
    return evidence.worth_low is not None and evidence.worth_low > limits.quality_tolerance


def saves_cost(evidence: Evidence, limits: Thresholds) -> bool:
    """Cost at equal quality."""
    if evidence.growth_high is None or evidence.quality_low is None:
        return False
    return evidence.growth_high < -limits.cost_tolerance and evidence.quality_low > -limits.quality_margin


def tell_quality(evidence: Evidence, limits: Thresholds) -> str:
    """The test of quality, with what it needed."""
    if evidence.worth is None or evidence.worth_low is None:
        return "quality at equal cost can't be estimated"
    needed = f"needed is more than {limits.quality_tolerance:+.3f}"
    return f"quality at equal cost {evidence.worth:+.3f}, at least {evidence.worth_low:+.3f} ({needed})"


def tell_cost(evidence: Evidence, limits: Thresholds) -> str:
    """The test of cost, with what it needed."""
    if evidence.growth is None or evidence.growth_high is None or evidence.quality_low is None:
        return "cost at equal quality can't be estimated"
    needed = f"needed are less than {-limits.cost_tolerance:+.1%} and more than {-limits.quality_margin:+.3f}"
    seen = f"at most {evidence.growth_high:+.1%}, with quality at least {evidence.quality_low:+.3f}"
    return f"cost {evidence.growth:+.1%}, {seen} ({needed})"


def is_affordable(evidence: Evidence, limits: Thresholds) -> Condition:
    """It does not cost much more, whatever money was worth to the decisions."""
    name = f"cost grows by {limits.max_cost_growth:.0%} at most"
    if evidence.is_free:
        return Condition(name, True, "neither version costs anything")
    if evidence.growth_high is None:
        return Condition(name, False, "the cost can't be estimated")
    return Condition(
        name, evidence.growth_high <= limits.max_cost_growth, f"it changes by {evidence.growth_high:+.1%} at most"
    )


def is_gradual(evidence: Evidence, limits: Thresholds) -> Condition:
    """No more moves at once than is allowed."""
    name = f"{limits.max_moved_share:.0%} of the decisions would be made otherwise at most"
    return Condition(name, evidence.moved_share <= limits.max_moved_share, f"it is {evidence.moved_share:.1%} of them")
