"""`pointsman report`: what a run cost, how good it was, and what was routed where."""

from __future__ import annotations

from flows.commands.options import AsJson, RunId
from flows.reports import print_run
from tasks.manifest import folder_of
from tasks.settings import current_home


def report(run: RunId, as_json: AsJson = False) -> None:
    """Print a run's account from the warehouse."""
    home = current_home()
    print_run(home, run, outputs=folder_of(home.runs, run).outputs, as_json=as_json)
