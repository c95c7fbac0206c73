"""`pointsman backup`, `restore` and `rebuild`: keeping the ledger, and bringing it back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from flows.commands.options import AsJson
from flows.printing import print_json
from tasks.clock import now
from tasks.settings import check_home, current_home
from warehouse.backing_up import back_up
from warehouse.rebuilding import rebuild_ledger, rebuild_published
from warehouse.restoring import restore as restore_home

LAND_NEXT = "`pointsman land` lands what is in the spool"


def backup(
    destination: Annotated[Path, typer.Argument(help="A folder that is not there yet, or empty.", metavar="DEST")],
    runs: Annotated[
        bool, typer.Option("--runs", help="Also what resumes runs: journals, checkpoints, outputs.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Copy the ledger and what has not landed into a folder, while everything goes on."""
    made = back_up(current_home(), destination.absolute(), with_runs=runs, created_at=now())
    if as_json:
        print_json(made)
    else:
        files = f", {made.n_run_files} files of runs" if runs else ""
        typer.echo(
            f"{made.folder}: {made.n_rows} rows, {made.n_segments} segments{files}; {made.n_bytes} bytes, all read"
        )


def restore(
    backup: Annotated[Path, typer.Argument(help="The backup's folder.", metavar="BACKUP")],
    replace: Annotated[bool, typer.Option("--replace", help="Set the ledger that is there aside.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring a backup back, after checking all of it."""
    home = current_home()
    check_home(home)
    restored = restore_home(backup.absolute(), home, replace=replace, restored_at=now())
    if as_json:
        print_json(restored)
        return
    counts = f"{restored.n_rows} rows, {restored.n_segments} segments, {restored.n_runs} runs"
    aside = f"; the old ledger is in {restored.set_aside}" if restored.set_aside else ""
    made_at = restored.created_at.isoformat(sep=" ", timespec="seconds")
    typer.echo(f"restored as of {made_at}: {counts}{aside}; {LAND_NEXT}")


def rebuild(
    what: Annotated[Literal["published", "ledger"], typer.Argument(help="The damaged file.")], as_json: AsJson = False
) -> None:
    """Make warehouse.duckdb anew from the ledger, or a damaged ledger from warehouse.duckdb."""
    home = current_home()
    rebuilt = rebuild_published(home) if what == "published" else rebuild_ledger(home, rebuilt_at=now())
    if as_json:
        print_json(rebuilt)
        return
    done = "made anew" if rebuilt.is_new else "sound, and left alone"
    aside = f"; the old one is in {rebuilt.set_aside}; {LAND_NEXT}"
    typer.echo(f"{what}: {done}, {rebuilt.n_rows} rows, all read{aside if rebuilt.set_aside else ''}")
