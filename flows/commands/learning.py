"""`pointsman land`, `validate`, `reweigh` and `weights`: from the spool to the weights that route."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from flows.commands.options import AsJson
from flows.commands.requests import request_of
from flows.printing import print_grid, print_json
from policies.errors import BadInputError, WorkFailedError
from policies.types import CellMean
from policies.weights import parse_weights
from tasks.clock import now
from tasks.learn_requests import LIMITS, ReweighRequest, ValidateRequest
from tasks.settings import current_home, made_home
from warehouse.landing import land as land_home
from warehouse.weights import list_weights, live_of, show_weights
from warehouse.weights_changes import Change, promote_weights, rollback_weights

weights = typer.Typer(no_args_is_help=True, help="Versions of what the ledger has learned.")


def land(
    source: Annotated[
        str | None,
        typer.Option("--from", help="Also segments of other machines: a folder at any fsspec URL.", metavar="URL"),
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Delete there what has landed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Land what processes wrote, exactly once, so that it can be queried."""
    home = made_home(current_home())
    if source is None:
        if remove:
            raise BadInputError("--remove says what becomes of segments at --from URL, which is missing")
        landing = land_home(home)
        fetched = None
    else:
        from warehouse.fetching import land_from  # brings in fsspec

        fetched, landing = land_from(home, source, remove=remove)
    if as_json:
        print_json(landing if fetched is None else {"fetched": fetched, "landing": landing})
        return
    if fetched is not None:
        others = f", {fetched.other} other files left alone" if fetched.other else ""
        removed = f", {fetched.removed} deleted there" if remove else ""
        typer.echo(f"{fetched.fetched} segments fetched, {fetched.known} known already{removed}{others}")
    typer.echo(
        f"{landing.segments} segments, {landing.records} records: {landing.inserted} new, "
        f"{landing.settled} settled, {landing.duplicates} known already, {landing.quarantined} in quarantine"
    )


def validate(
    fail_on: Annotated[Literal["critical", "warning"], typer.Option(help="What makes the exit code 1.")] = "critical",
    as_json: AsJson = False,
) -> None:
    """Check every expectation over the facts that weights are learned from."""
    from flows.validate import validate as validate_flow  # brings in Prefect

    require_warehouse()
    validated = validate_flow(ValidateRequest(fail_on=fail_on))
    if as_json:
        print_json(validated)
        return
    columns = ("table", "expectation", "severity", "held", "seen")
    rows = [(v.table, v.expectation, "critical" if v.critical else "warning", v.success, v.observed) for v in validated]
    print_grid(columns, rows)


def reweigh(
    min_calls: Annotated[int, typer.Option(min=1, help="Scored calls that new weights must rest on.")] = 30,
    embed: Annotated[
        bool,
        typer.Option("--embed/--no-embed", help="Whether texts are predicted by their vectors too: 10 ms each."),
    ] = True,
    half_life_days: Annotated[float, typer.Option(help="After how many days a call counts half.")] = 30.0,
    evaluate_days: Annotated[float, typer.Option(help="The latest days whose decisions decide.")] = 90.0,
    min_effective_n: Annotated[
        float, typer.Option(help="Effective decisions that would be made otherwise, at least.")
    ] = LIMITS.min_effective_n,
    quality_tolerance: Annotated[
        float, typer.Option(help="What quality has to gain for sure, at equal cost.")
    ] = LIMITS.quality_tolerance,
    cost_tolerance: Annotated[
        float, typer.Option(help="Else the share of the cost that has to be saved for sure …")
    ] = LIMITS.cost_tolerance,
    quality_margin: Annotated[
        float, typer.Option(help="… while quality falls by less than this.")
    ] = LIMITS.quality_margin,
    max_cost_growth: Annotated[
        float, typer.Option(help="The share by which the cost may grow.")
    ] = LIMITS.max_cost_growth,
    max_moved_share: Annotated[
        float, typer.Option(help="The share of the decisions that may be made otherwise at once.")
    ] = LIMITS.max_moved_share,
    as_json: AsJson = False,
) -> None:
    """Learn new weights; they are promoted only on sound facts, and if logged decisions prove them better."""
    from flows.reweigh import reweigh as reweigh_flow  # brings in Prefect

    require_warehouse()
    fields = {
        "min_calls": min_calls,
        "embed": embed,
        "half_life_days": half_life_days,
        "evaluate_days": evaluate_days,
        "min_effective_n": min_effective_n,
        "quality_tolerance": quality_tolerance,
        "cost_tolerance": cost_tolerance,
        "quality_margin": quality_margin,
        "max_cost_growth": max_cost_growth,
        "max_moved_share": max_moved_share,
    }
    report_change(reweigh_flow(request_of(ReweighRequest, fields)), as_json=as_json)


def require_warehouse() -> None:
    """Raise where there is nothing to learn from at all."""
    home = current_home()
    if not home.root.exists():
        raise BadInputError("there is no warehouse yet: run a job first", file=home.root)


@weights.command("list")
def list_versions(as_json: AsJson = False) -> None:
    """Every version, the latest change first."""
    versions = list_weights(current_home())
    if as_json:
        print_json(versions)
        return
    columns = ("version", "status", "parent", "calls", "created", "changed")
    rows = [(v.weights_version, v.status, v.parent, v.n_calls, v.created_at, v.changed_at) for v in versions]
    print_grid(columns, rows)


@weights.command("show")
def show(
    version: Annotated[str | None, typer.Argument(help="The version; none: the live one.", metavar="VERSION")] = None,
    as_json: AsJson = False,
) -> None:
    """What a version says of each task type and model."""
    home = current_home()
    live = live_of(list_weights(home))
    name = version or (live.weights_version if live else None)
    if name is None:
        raise BadInputError("no version is live; `pointsman weights list` shows all", field="VERSION")
    shown = show_weights(home, name)
    if as_json:
        print_json(shown)
        return
    columns, rows = grid_of(parse_weights(shown.document).cells)
    print_grid(columns, rows, title=f"{shown.weights_version}, {shown.status}")


def grid_of(cells: Sequence[CellMean]) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
    """What is known of each task type and model, as columns and rows; of credit where there is any."""
    columns: tuple[str, ...] = ("task type", "model", "calls", "quality", "±", "cost, USD", "latency, s")
    rows: list[tuple[object, ...]] = [
        (c.task_type, c.model, c.n, c.quality, c.quality_se, c.cost_usd, c.latency_s) for c in cells
    ]
    if any(cell.credit for cell in cells):
        columns = (*columns, "credited", "own scores")
        rows = [(*row, c.credit, c.own_quality) for row, c in zip(rows, cells, strict=True)]
    return columns, rows


@weights.command("promote")
def promote(
    version: Annotated[str, typer.Argument(help="The version.", metavar="VERSION")], as_json: AsJson = False
) -> None:
    """Make a version live by hand."""
    require_warehouse()
    report_change(promote_weights(current_home(), version, changed_at=now()), as_json=as_json)


@weights.command("diff")
def diff(
    before: Annotated[str, typer.Argument(help="A version.", metavar="BEFORE")],
    after: Annotated[str, typer.Argument(help="Another one.", metavar="AFTER")],
    as_json: AsJson = False,
) -> None:
    """Say what would route differently under another version: the latest logged calls are decided under both."""
    from tasks.weights_diff import diff_weights, tell_diff  # brings in Arrow

    require_warehouse()
    found = diff_weights(current_home(), before, after)
    if as_json:
        print_json(found)
        return
    for line in tell_diff(found):
        typer.echo(line)


@weights.command("export")
def export(
    version: Annotated[str, typer.Argument(help="The version.", metavar="VERSION")],
    to: Annotated[Path, typer.Option("--to", help="The file to write.", metavar="FILE", dir_okay=False)],
    as_json: AsJson = False,
) -> None:
    """Write a version with its predictor as one hashed file, by which another installation can route."""
    from tasks.run_folder import write_bytes
    from tasks.weights_packages import export_weights

    require_warehouse()
    text = export_weights(current_home(), version)
    try:
        write_bytes(to.absolute(), text.encode())
    except OSError as error:
        raise BadInputError(f"can't be written: {error.strerror}", field="--to", value=str(to)) from error
    if as_json:
        print_json({"version": version, "file": str(to)})
        return
    typer.echo(f"{version} is in {to}")


@weights.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="A file that `weights export` wrote.", metavar="FILE")],
    as_json: AsJson = False,
) -> None:
    """Take a version from a file, as a candidate: `weights promote` makes it route."""
    from tasks.jobs.reading import read_text
    from tasks.weights_packages import import_weights

    imported = import_weights(made_home(current_home()), read_text(file), file=str(file), imported_at=now())
    if as_json:
        print_json(imported)
        return
    known = "" if imported.is_new else ", which was known already"
    typer.echo(f"{imported.version}{known}: {imported.status}")


@weights.command("rollback")
def rollback(as_json: AsJson = False) -> None:
    """Make the live version's parent live again."""
    require_warehouse()
    report_change(rollback_weights(current_home(), changed_at=now()), as_json=as_json)


def report_change(change: Change, *, as_json: bool) -> None:
    """Say what is live now; exit 1 where the new weights were rejected."""
    if as_json:
        print_json(change)
    else:
        typer.echo(f"{change.version}: {change.verdict}; live is {change.live or 'none'}")
        if change.note:
            typer.echo(change.note)
    if change.verdict == "rejected":
        raise WorkFailedError(
            f"{change.version} was rejected; `pointsman weights show {change.version} --json` says why"
        )
