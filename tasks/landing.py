"""The task *land*: what the spool holds becomes facts that can be queried."""

from __future__ import annotations

from prefect import task
from prefect.cache_policies import NO_CACHE
from pydantic import BaseModel, ConfigDict, Field

from tasks.ledger import spool_of
from tasks.redaction.shielding import shielded
from tasks.settings import current_home
from warehouse.landing import Landing, land


class LandRequest(BaseModel):
    """What is landed besides this machine's own spool."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    source: str | None = Field(None, description="Folder of segments of other machines, at any fsspec URL.")
    remove: bool = Field(False, description="Delete there what has landed.")


@task(task_run_name="land", cache_policy=NO_CACHE)
@shielded
def land_spool() -> Landing:
    """Seal this process's own segment, then land every segment that is ready; raises `WorkFailedError`."""
    home = current_home()
    spool_of(home).seal()
    return land(home)


@task(task_run_name="land from elsewhere", cache_policy=NO_CACHE)
@shielded
def land_elsewhere(source: str, *, remove: bool) -> Landing:
    """As `land_spool`, and the segments that other machines left at an fsspec URL."""
    from warehouse.fetching import land_from  # brings in fsspec

    home = current_home()
    spool_of(home).seal()
    return land_from(home, source, remove=remove)[1]
