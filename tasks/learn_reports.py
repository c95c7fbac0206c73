"""What people read of a validation and of a change of weights: Markdown, and rows for tables."""

from __future__ import annotations

from collections.abc import Sequence

from policies.gate.sources import tell_pull
from policies.types import CellMean
from tasks.evaluation_reports import evaluation_lines
from warehouse.records import Validated
from warehouse.validation import failures
from warehouse.weights_changes import Change
from warehouse.weights_fit import Fit, parent_quality

SENTENCES = {
    "promoted": "**{version}** is live now, in place of {before}.",
    "rejected": "**{version}** was rejected; {live} stays live.",
    "unchanged": "**{version}** is what is live already: nothing changed.",
}
CREDITED = (
    "Credited: that part of the quality is the score of the items' final answers, the other steps' models taken out."
)


def validation_rows(validated: Sequence[Validated]) -> list[dict[str, object]]:
    """One row per expectation, what failed first and the critical before the others."""
    ordered = sorted(validated, key=lambda one: (one.success, not one.critical))
    return [
        {
            "held": "yes" if one.success else "NO",
            "severity": "critical" if one.critical else "warning",
            "table": one.table,
            "expectation": one.expectation,
            "seen": one.observed,
            "rows": one.rows_query or "",
        }
        for one in ordered
    ]


def validation_sentence(validated: Sequence[Validated]) -> str:
    """How a validation ended, in one line."""
    counts = {name: len(failures(validated, critical=name == "critical")) for name in ("critical", "warning")}
    failed = [f"{count} {name}" for name, count in counts.items() if count]
    return f"{len(validated)} expectations, " + (f"failed: {', '.join(failed)}" if failed else "all held")


def name_failures(failed: Sequence[Validated]) -> str:
    """What failed and what was seen, in one line."""
    return "; ".join(f"{one.table}: {one.expectation} (saw {one.observed})" for one in failed)


def change_report(change: Change, fit: Fit) -> str:
    """A change of weights as Markdown: the verdict, each condition, and every cell before and after."""
    sentence = SENTENCES[change.verdict].format(
        version=change.version, before=change.before or "none", live=change.live or "no version"
    )
    conditions = [f"| {c.condition} | {'yes' if c.held else 'NO'} | {c.detail} |" for c in change.conditions]
    told = [data_sentence(fit), *([f"Besides, {fit.note}."] if fit.note else [])]
    lines = ["# Weights", "", sentence, "", *told, "", "| condition | held | |", "|---|---|---|"]
    lines += [*conditions, *evaluation_lines(fit.evaluation, other=compared_with(fit))]
    lines += [
        "",
        "## What it knows",
        "",
        "| task type | model | calls | quality | before |",
        "|---|---|---:|---:|---:|",
    ]
    lines += [cell_line(cell, fit) for cell in fit.cells]
    if any(cell.credit for cell in fit.cells):
        lines += ["", CREDITED]
    if fit.capped:
        lines += ["", "Left out, as one source moved what is learned beyond its cap:", ""]
        lines += [f"- {tell_pull(one)}" for one in fit.capped]
    if fit.left_out:
        lines += ["", f"Left out, as their latency is unknown: {', '.join(fit.left_out)}."]
    return "\n".join(lines) + "\n"


def compared_with(fit: Fit) -> str:
    """What a fit was compared with."""
    return "the catalogue's priors" if fit.parent is None else f"live {fit.parent_version}"


def data_sentence(fit: Fit) -> str:
    """What a fit rests on."""
    if fit.data_from is None or fit.data_to is None:
        return "Fitted on no scored calls."
    return f"Fitted on {fit.n_calls} scored calls, {fit.data_from:%Y-%m-%d %H:%M} to {fit.data_to:%Y-%m-%d %H:%M} UTC."


def cell_line(cell: CellMean, fit: Fit) -> str:
    """One cell with its quality, its standard error, and the parent's."""
    before = parent_quality(cell, fit.parent)
    shown = "new" if before is None else f"{before:.3f}"
    credit = f", {cell.credit:.0%} credited" if cell.credit else ""
    quality = f"{cell.quality:.3f} ± {cell.quality_se:.3f}{credit}"
    return f"| {cell.task_type} | {cell.model} | {cell.n} | {quality} | {shown} |"
