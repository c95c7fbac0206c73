"""`pointsman whatif`: what an edit of the rules would have done with the calls of the last days."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands.options import AsJson
from flows.printing import cell, print_grid, print_json
from tasks.clock import now
from tasks.periods import since_of
from tasks.settings import current_home, existing, load_settings

if TYPE_CHECKING:
    from policies.suppositions import Change, Supposition
    from tasks.supposing import WhatIf

MOST_MOVES = 20  # what leaves the rest on one screen
MEASURES = {"cost_usd": "cost, USD in all", "quality": "quality per call", "latency_s": "seconds per call"}


def whatif(
    rules: Annotated[Path, typer.Option(help="The edited rules.")],
    since: Annotated[str, typer.Option(help="How far back: 7d, 12h, 30m, or a day such as 2026-11-01.")] = "7d",
    catalog: Annotated[
        Path | None, typer.Option(help="One catalogue for all calls, in place of the one that each was decided under.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell what edited rules would have done with logged calls: how many move, and what changes; no model is called.

    The changes in cost, quality and latency are estimated from the log's own calls of the same task type on the new
    model, with 95 % intervals; what the log has no such calls of is told.
    """
    from tasks.supposing import what_if  # brings in Arrow

    settings = load_settings()
    existing(rules, "--rules")
    told = what_if(
        rules,
        catalog=catalog,
        since=since_of(since, now=now(), field="--since"),
        settings=settings,
        home=current_home(),
    )
    if as_json:
        print_json({"whatif": told, "share_without_evidence": told.supposition.share_without_evidence})
    else:
        tell(told)


def tell(told: WhatIf) -> None:
    """The account for people."""
    supposition = told.supposition
    typer.echo(
        f"{told.rules_version} on {supposition.calls:,} calls that were routed by rules since"
        f" {told.since:%Y-%m-%d %H:%M} UTC, {catalogue_text(told)}:"
    )
    typer.echo(f"  {supposition.moved:,} would go to another model{share(supposition.moved, supposition.calls)}")
    undecidable = {
        "what a rule reads of them was not stored": supposition.undecidable_by_text,
        "they were logged without the router's state": supposition.undecidable_by_state,
    }
    for why, calls in undecidable.items():
        if calls:
            typer.echo(f"  {calls:,} can't be decided{share(calls, supposition.calls)}: {why}")
    if told.left_out:
        by = ", ".join(f"{calls:,} by {policy}" for policy, calls in told.left_out.items())
        typer.echo(f"  left out, as no rule decided them: {by}")
    if supposition.moved:
        tell_moves(supposition)


def tell_moves(supposition: Supposition) -> None:
    """From where to where, and what that changes."""
    moves = supposition.moves
    rows = [(m.task_type, m.source or "refused", m.target or "refused", m.calls, m.evidence) for m in moves]
    print_grid(("task type", "from", "to", "calls", "evidence, calls"), rows[:MOST_MOVES], title="Moves")
    if len(moves) > MOST_MOVES:
        rest = sum(move.calls for move in moves[MOST_MOVES:])
        typer.echo(f"and {len(moves) - MOST_MOVES} more moves of {rest:,} calls; --json has all")
    columns = ("moved calls", "compared", "before", "after", "change", "95 %")
    print_grid(columns, [change_row(change) for change in supposition.changes], title="Estimated change")
    typer.echo(
        f"without evidence: {supposition.without_evidence:,} of the moved calls"
        f"{share(supposition.without_evidence, supposition.moved)}"
    )


def change_row(change: Change) -> tuple[object, ...]:
    """One measure as a line."""
    interval = None if change.low is None else f"{cell(change.low)} to {cell(change.high)}"
    return MEASURES[change.measure], change.compared_calls, change.before, change.after, change.change, interval


def catalogue_text(told: WhatIf) -> str:
    """Which catalogue they were tried under."""
    if told.catalogue is not None:
        return f"all under catalogue {told.catalogue}"
    if not told.under_current:
        return "each under its catalogue"
    return (
        f"each under its catalogue, but {told.under_current:,} under that of now, as theirs lacks models of the rules"
    )


def share(part: int, whole: int) -> str:
    """A part in per cent."""
    return f" ({part / whole:.1%})" if whole else ""
