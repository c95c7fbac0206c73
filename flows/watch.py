"""The flow *watch*: has what comes of calls changed?"""

from __future__ import annotations

from collections.abc import Sequence

from prefect import flow, get_run_logger
from prefect.artifacts import create_table_artifact
from prefect.events import emit_event

from tasks.drifts import WatchRequest, tell_drift
from tasks.landing import land_spool
from tasks.redaction.shielding import clean_errors
from tasks.settings import current_home
from tasks.watching import find_drifts
from warehouse.records import Drifted

DRIFT_EVENT = "pointsman.drift"
BY_DEFAULT = WatchRequest()


@flow(name="watch", flow_run_name="watch")
def watch(request: WatchRequest = BY_DEFAULT) -> tuple[Drifted, ...]:
    """Land, look for drifts in quality, cost, latency and errors per task type and model, and say what is new."""
    with clean_errors():
        land_spool()
        found = find_drifts(current_home(), request)
        land_spool()
        publish_drifts(found)
        return found


def publish_drifts(found: Sequence[Drifted]) -> None:
    """Show drifts in the log and the UI, and raise an event for each, for automations."""
    log = get_run_logger()
    if not found:
        log.info("no drift")
        return
    for drift in found:
        log.warning(tell_drift(drift))
        emit_event(
            event=DRIFT_EVENT,
            resource={
                "prefect.resource.id": f"pointsman.cell.{drift.task_type}.{drift.model}",
                "prefect.resource.name": f"{drift.task_type} on {drift.model}",
            },
            payload={
                "drift_id": drift.drift_id,
                "measure": drift.measure,
                "before": drift.before,
                "after": drift.after,
                "since": drift.since.isoformat(),
            },
        )
    create_table_artifact(table=[row_of(drift) for drift in found], key="drift", description=f"{len(found)} new drifts")


def row_of(drift: Drifted) -> dict[str, object]:
    """A drift as a row for people."""
    return {
        "task type": drift.task_type,
        "model": drift.model,
        "measure": drift.measure,
        "before": drift.before,
        "after": drift.after,
        "since": f"{drift.since:%Y-%m-%d %H:%M} UTC",
        "calls after": drift.n_after,
    }
