"""The task *land*: what the spool holds becomes facts that can be queried."""

from __future__ import annotations

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.ledger import spool_of
from tasks.redaction.shielding import shielded
from tasks.settings import current_home
from warehouse.landing import Landing, land


@task(task_run_name="land", cache_policy=NO_CACHE)
@shielded
def land_spool() -> Landing:
    """Seal this process's own segment, then land every segment that is ready; raises `WorkFailedError`."""
    home = current_home()
    spool_of(home).seal()
    return land(home)
