"""A run's account as Prefect artifacts, beside the run in the UI."""

from __future__ import annotations

import re
from pathlib import Path

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from flows.gaps import gaps_in_markdown
from flows.printing import cell
from flows.reports import ROUTE_COLUMNS, STEP_COLUMNS, run_account, sentence_of_run
from tasks.closed import Closed
from tasks.run_folder import RunFolder
from warehouse.home import Home


def publish_run(closed: Closed, *, problem: str | None) -> None:
    """Publish the costs of a run as a table, and what was routed where, and what stopped it, as a summary."""
    folder = RunFolder(Path(closed.outputs).parent)
    home = Home(folder.path.parent.parent)
    account = run_account(home, closed.run_id)
    totals, steps, routes = account.run, account.steps, account.routes
    key = artifact_key(totals["job"])
    create_table_artifact(
        table=[{heading: cell(row[name]) for name, heading in STEP_COLUMNS.items()} for row in steps],
        key=f"{key}-costs",
        description=f"Cost, latency and quality of run {closed.run_id}, per step and model.",
    )
    lines = [f"| {' | '.join(ROUTE_COLUMNS.values())} |", f"|{'---|' * len(ROUTE_COLUMNS)}"]
    lines += [f"| {' | '.join(cell(row[name]) for name in ROUTE_COLUMNS)} |" for row in routes]
    told = [
        sentence_of_run(totals, Path(closed.outputs)),
        "",
        *([problem, ""] if problem else []),
        *gaps_in_markdown(account.documents_left_out),
    ]
    summary = "\n".join([f"# {totals['job']}", "", *told, *lines])
    create_markdown_artifact(markdown=summary, key=f"{key}-summary", description=f"What run {closed.run_id} did.")


def artifact_key(job: object) -> str:
    """A job's name as Prefect takes it in a key."""
    return re.sub(r"[^a-z0-9]+", "-", str(job).lower()).strip("-") or "job"
