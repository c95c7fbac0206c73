"""What people read of a candidate's evaluation on logged decisions, in Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from policies.gate.evaluation import Evaluation
from policies.gate.evidence import Shift

HOW = (
    "Doubly robust estimates over the decisions that are evidence for both, each decided by weights that were fitted "
    "without its item, by means alone: what a predictor of texts adds is not compared. Intervals of 95 %."
)


def evaluation_lines(evaluation: Evaluation | None, *, other: str) -> Sequence[str]:
    """What the log says, as the lines of a section; `other` names what the candidate is compared with."""
    if evaluation is None:
        return ()
    evidence = evaluation.evidence
    head = ["", "## On logged decisions", "", evidence_sentence(evaluation)]
    if evidence.quality.change is None:
        return (*head, "", f"The log has no evidence to compare it with {other}.")
    table = [f"| per call | {other} | the candidate | change | |", "|---|---:|---:|---:|---|"]
    table += [
        shift_line("quality", evidence.quality, digits=3),
        shift_line("cost, USD", evidence.cost_usd, digits=6),
        shift_line("latency, s", evidence.latency_s, digits=2),
    ]
    return (*head, "", *table, "", HOW)


def evidence_sentence(evaluation: Evaluation) -> str:
    """How much of the log is evidence, and what of it is none."""
    evidence = evaluation.evidence
    sampled = "" if evaluation.sampled == 1 else f" (a sample: {evaluation.sampled:.1%} of the items)"
    parts = [
        f"{evidence.n:,} decisions were made anew{sampled}; {evidence.moved_share:.1%} would be made otherwise.",
        f"{evidence.n_evidence:,} are evidence; the other {evidence.blind_share:.1%} are none: of {evidence.n_fixed:,} "
        f"nothing was drawn, of {evidence.n_blind:,} the log never tried the choice.",
        f"Those that would be made otherwise say as much as {evidence.effective_n:,.0f} independent ones.",
    ]
    if evaluation.left_out:
        told = "; ".join(f"{n:,}: {why}" for why, n in evaluation.left_out.items())
        parts.append(f"Left out: {told}.")
    return " ".join(parts)


def shift_line(name: str, shift: Shift, *, digits: int) -> str:
    """One measure of both versions."""
    if shift.candidate is None or shift.other is None or shift.change is None:
        return f"| {name} | unknown | unknown | unknown | |"
    if shift.low is None or shift.high is None:
        within = "too few items for an interval"
    else:
        within = f"{shift.low:+.{digits}f} to {shift.high:+.{digits}f}"
    values = f"{shift.other:.{digits}f} | {shift.candidate:.{digits}f} | {shift.change:+.{digits}f}"
    return f"| {name} | {values} | {within} |"
