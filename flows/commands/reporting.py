"""`pointsman report`: what a run cost, how good it was, what was routed where, and what that saved."""

from __future__ import annotations

from flows.commands.options import AsJson, RunId
from flows.printing import print_json
from flows.reports import fields_of, print_run, run_account
from flows.savings import print_savings, run_savings
from tasks.manifest import folder_of
from tasks.settings import current_home


def report(run: RunId, as_json: AsJson = False) -> None:
    """Print a run's account from the warehouse, and what it saved against simpler policies."""
    home = current_home()
    outputs = folder_of(home.runs, run).outputs
    if as_json:
        account = fields_of(run_account(home, run))
        print_json({**account, "savings": run_savings(home, run), "outputs": str(outputs)})
        return
    print_run(home, run, outputs=outputs, as_json=False)
    print_savings(run_savings(home, run))
