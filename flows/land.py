"""The flow *land*: what processes wrote becomes what users can query."""

from __future__ import annotations

from prefect import flow, get_run_logger

from tasks.landing import LandRequest, land_elsewhere, land_spool
from tasks.redaction.shielding import clean_errors
from warehouse.landing import Landing

OWN_SPOOL = LandRequest()


@flow(name="land", flow_run_name="land")
def land(request: LandRequest = OWN_SPOOL) -> Landing:
    """Land every segment that is ready, exactly once, and publish the warehouse."""
    with clean_errors():
        landing = land_spool() if request.source is None else land_elsewhere(request.source, remove=request.remove)
        get_run_logger().info("%d records landed, %d quarantined", landing.inserted, landing.quarantined)
        return landing
