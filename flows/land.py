"""The flow *land*: what processes wrote becomes what users can query."""

from __future__ import annotations

from prefect import flow, get_run_logger

from tasks.landing import land_spool
from tasks.redaction.shielding import clean_errors
from warehouse.landing import Landing


@flow(name="land", flow_run_name="land")
def land() -> Landing:
    """Land every segment of the spool that is ready, exactly once, and publish the warehouse."""
    with clean_errors():
        landing = land_spool()
        get_run_logger().info("%d records landed, %d quarantined", landing.inserted, landing.quarantined)
        return landing
