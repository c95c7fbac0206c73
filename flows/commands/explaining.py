"""`pointsman explain`: one call of the ledger, from its decision to its scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from flows.commands.options import AsJson
from flows.printing import print_grid, print_json
from policies.errors import BadInputError
from policies.explanation import explain as explain_decision
from tasks.settings import current_home
from warehouse.evidence import AttemptFact, DecisionFact, evidence_of
from warehouse.records import Scored


def explain(
    call: Annotated[str, typer.Argument(help='The call; `pointsman query "select call_id from calls"`.')],
    as_json: AsJson = False,
) -> None:
    """Tell why a call was served as it was: each decision, each attempt, each score."""
    home = current_home()
    evidence = evidence_of(home, call)
    decisions, attempts, scores = evidence.decisions, evidence.attempts, evidence.scores
    if not decisions and not attempts:
        raise BadInputError("there is no such call in the warehouse", field="CALL", value=call)
    if as_json:
        print_json({"decisions": decisions, "attempts": attempts, "scores": scores})
        return
    for fact in decisions:
        typer.echo(explain_decision(fact.decision, request_line=request_line(fact)))
        typer.echo()
    for attempt in attempts:
        if attempt.foreign_id is not None:
            typer.echo(
                f"imported from {attempt.origin}, where it is {attempt.foreign_id}: its model was not chosen here"
            )
    print_grid(ATTEMPT_COLUMNS, [attempt_row(attempt) for attempt in attempts])
    models = {attempt.attempt_id: attempt.model for attempt in attempts}
    print_grid(("scorer", "source", "score", "detail"), [score_row(score, models) for score in scores])


ATTEMPT_COLUMNS = ("attempt", "model", "deployment", "status", "tokens in", "out", "cost, USD", "latency, s", "error")


def attempt_row(attempt: AttemptFact) -> tuple[object, ...]:
    """An attempt as one line."""
    return (
        attempt.attempt_no,
        attempt.model,
        attempt.deployment,
        attempt.status,
        attempt.input_tokens,
        attempt.output_tokens,
        attempt.cost_usd,
        attempt.latency_s,
        attempt.error_message,
    )


def score_row(score: Scored, models: Mapping[str, str]) -> tuple[object, ...]:
    """A judgement as one line; one of a single attempt's answer, which may not be the call's, says whose it was."""
    answered_by = models.get(score.attempt_id or "")
    detail = score.detail if answered_by is None else f"{answered_by}: {score.detail or 'its answer was refused'}"
    return score.scorer, score.source, score.score, detail


def request_line(fact: DecisionFact) -> str:
    """What was asked, when, and for what."""
    tokens = f"{fact.features.get('input_tokens')} tokens in" if "input_tokens" in fact.features else ""
    parts = (fact.task_type, f"step {fact.step} of item {fact.item_id}", f"run {fact.run_id}", tokens)
    return f"{', '.join(part for part in parts if part)}; decided {fact.decided_at:%Y-%m-%d %H:%M:%S} UTC"
