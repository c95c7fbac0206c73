"""The flow *feedback*: scores by people, given over Prefect's API or in its form, become facts."""

from __future__ import annotations

from prefect import flow, get_run_logger

from tasks.clock import now
from tasks.feedback.recording import FeedbackSummary, record_feedback
from tasks.feedback.request import FeedbackRequest
from tasks.redaction.shielding import clean_errors
from tasks.settings import load_settings


@flow(name="feedback", flow_run_name="feedback")
def feedback(request: FeedbackRequest) -> FeedbackSummary:
    """Take all the scores of a request, or none; raises `BadInputError` that says which score is bad, and why."""
    with clean_errors():
        summary = record_feedback(request, load_settings(), now=now())
        get_run_logger().info("%d scores of %d calls, %d of them new", summary.scores, summary.calls, summary.new)
        return summary
