"""The task *find drifts*: apart from what the command line needs of drifts, which starts without Prefect."""

from __future__ import annotations

from datetime import timedelta

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.clock import now
from tasks.drifts import WatchRequest, new_drifts
from tasks.ledger import spool_of
from tasks.redaction.shielding import shielded
from warehouse.drifts import drifts_since, watched_streams
from warehouse.home import Home
from warehouse.records import Drifted


@task(task_run_name="find drifts", cache_policy=NO_CACHE)
@shielded
def find_drifts(home: Home, request: WatchRequest) -> tuple[Drifted, ...]:
    """Find what is new, and record it for the ledger of `home`."""
    at = now()
    since = at - timedelta(days=request.days)
    known = drifts_since(home, since) if home.published.exists() else ()
    streams = watched_streams(home, since=since, most=request.most) if home.published.exists() else ()
    found = tuple(drift for one in streams for drift in new_drifts(one, known, delta=request.delta, found_at=at))
    if found:
        spool_of(home).append(*found).result()
    return found
