"""The flow *compare*: one batch under several policies, a run each."""

from __future__ import annotations

from collections.abc import Mapping

from prefect import flow

from flows.progress import show_progress
from flows.run_job import run_job
from tasks.closed import Closed
from tasks.manifest import folder_of
from tasks.run_request import RunRequest
from tasks.settings import current_home


@flow(name="compare")
def compare(requests: Mapping[str, RunRequest]) -> dict[str, Closed]:
    """Run the request of each policy, one after the other, so that embedded models load once and none waits."""
    closed = {}
    for policy, request in requests.items():
        with show_progress(folder_of(current_home().runs, request.run_id or ""), label=policy):
            closed[policy] = run_job(request)
    return closed
