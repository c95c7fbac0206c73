"""The flow *validate*: do the facts hold what weights may be learned from?"""

from __future__ import annotations

from collections.abc import Sequence

from prefect import flow, get_run_logger
from prefect.artifacts import create_table_artifact
from prefect.events import emit_event

from policies.errors import WorkFailedError
from tasks.landing import land_spool
from tasks.learn_reports import name_failures, validation_rows, validation_sentence
from tasks.learn_requests import ValidateRequest
from tasks.learning import validate_facts
from tasks.redaction.shielding import clean_errors
from tasks.settings import current_home
from warehouse.records import Validated
from warehouse.validation import failures
from warehouse.validation_snapshot import hold_facts

FAILED_EVENT = "pointsman.validation.failed"
BY_DEFAULT = ValidateRequest()


@flow(name="validate", flow_run_name="validate")
def validate(request: ValidateRequest = BY_DEFAULT) -> tuple[Validated, ...]:
    """Land, check every expectation over the facts, and record the results.

    Raises `WorkFailedError` where an expectation of the asked severity fails, so that the flow run is failed.
    """
    with clean_errors():
        return check_facts(request)


def check_facts(request: ValidateRequest) -> tuple[Validated, ...]:
    """What the flow does."""
    land_spool()
    home = current_home()
    with hold_facts(home) as facts:
        validated = validate_facts(home, facts)
    land_spool()
    publish_validation(validated)
    failed = failures(validated, critical=True)
    if request.fail_on == "warning":
        failed += failures(validated, critical=False)
    if failed:
        raise WorkFailedError(f"the facts don't hold: {name_failures(failed)}")
    return validated


def rows_of(failed: Sequence[Validated]) -> dict[str, str]:
    """The query that finds the offending rows of each failure that has any, by its expectation."""
    return {f"{one.table}: {one.expectation}": one.rows_query for one in failed if one.rows_query is not None}


def publish_validation(validated: Sequence[Validated]) -> None:
    """Show a validation in the UI and the log, and raise an event for automations where it failed critically."""
    sentence = validation_sentence(validated)
    get_run_logger().info(sentence)
    create_table_artifact(table=validation_rows(validated), key="validation", description=sentence)
    critical = failures(validated, critical=True)
    if critical:
        emit_event(
            event=FAILED_EVENT,
            resource={"prefect.resource.id": "pointsman.warehouse", "prefect.resource.name": "warehouse"},
            payload={
                "validation_id": critical[0].validation_id,
                "failed": name_failures(critical),
                "rows": rows_of(critical),
            },
        )
