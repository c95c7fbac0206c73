"""The flow *reweigh*: learn from what was logged, and let it route only if the facts are sound."""

from __future__ import annotations

from prefect import flow, get_run_logger
from prefect.artifacts import create_markdown_artifact

from flows.validate import publish_validation
from policies.errors import WorkFailedError
from tasks.landing import land_spool
from tasks.learn_reports import change_report, name_failures
from tasks.learn_requests import ReweighRequest
from tasks.learning import evaluate_fit, fit_facts, promote_or_reject, validate_facts
from tasks.redaction.shielding import clean_errors
from tasks.settings import current_home
from warehouse.validation import failures
from warehouse.validation_snapshot import hold_facts
from warehouse.weights_changes import Change
from warehouse.weights_fit import Fit

BY_DEFAULT = ReweighRequest()


@flow(name="reweigh", flow_run_name="reweigh")
def reweigh(request: ReweighRequest = BY_DEFAULT) -> Change:
    """Land, validate, fit, evaluate, promote the new weights or reject them; the next run takes what is live then.

    Raises `WorkFailedError` where a critical expectation fails: the fit is recorded as rejected, the live weights stay.
    """
    with clean_errors():
        return learn(request)


def learn(request: ReweighRequest) -> Change:
    """What the flow does."""
    land_spool()
    home = current_home()
    with hold_facts(home) as facts:
        validated = validate_facts(home, facts)
        fit = fit_facts(home, facts, is_embedded=request.embed, half_lives=request.decay, source_cap=request.source_cap)
        fit = evaluate_fit(facts, fit, days=request.evaluate_days, most=request.evaluate_calls)
    change = promote_or_reject(home, fit, validated, request.limits)
    land_spool()
    publish_validation(validated)
    publish_change(change, fit)
    if failed := failures(validated, critical=True):
        raise WorkFailedError(f"{change.live or 'no version'} stays live: {name_failures(failed)}")
    return change


def publish_change(change: Change, fit: Fit) -> None:
    """Show in the UI and the log what became of the fit, and why."""
    get_run_logger().info("weights %s: %s; %s", change.version, change.verdict, change.note)
    create_markdown_artifact(
        markdown=change_report(change, fit), key="weights", description=f"{change.version} was {change.verdict}."
    )
