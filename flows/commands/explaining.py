"""`pointsman explain`: one call of the ledger, from its decision to its scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from flows.commands.options import AsJson
from flows.printing import print_grid, print_json
from policies.errors import BadInputError, WorkFailedError
from policies.explanation import NOTHING, wrap
from policies.explanation import explain as explain_decision
from policies.features import WEIGHTS_PROBLEM
from policies.rule_trace import Trace, tell_trace
from policies.types import CellMean
from tasks.cascades import ESCALATED
from tasks.replaying import Library, Replayed, Verdict, is_masked, learned_of, replay_all, trace_of
from tasks.settings import current_home
from warehouse.evidence import AttemptFact, DecisionFact, evidence_of
from warehouse.records import Agreed, Scored


def explain(
    call: Annotated[str, typer.Argument(help='The call; `pointsman query "select call_id from calls"`.')],
    replay: Annotated[
        bool, typer.Option("--replay", help="Make each decision again from the warehouse: 1 if one differs.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Tell why a call was served as it was: each decision with the rules it tried, each attempt, each score.

    `--replay` makes the decisions again from what the warehouse has of them: exit 1 where one differs, 2 where the
    warehouse lacks what it takes.
    """
    home = current_home()
    evidence = evidence_of(home, call)
    decisions, attempts, scores = evidence.decisions, evidence.attempts, evidence.scores
    if not decisions and not attempts:
        raise BadInputError("there is no such call in the warehouse", field="CALL", value=call)
    library = Library(home)
    if replay:
        report_replays(replay_all(decisions, library), call=call, as_json=as_json)
        return
    if as_json:
        traces = [trace_of(fact, library) for fact in decisions]
        rules_tried = [None if told is None else told.tried for told in traces]
        found = {"decisions": decisions, "rules_tried": rules_tried, "attempts": attempts, "scores": scores}
        print_json(found | {"agreements": evidence.agreements})
        return
    for fact in decisions:
        print_decision(fact, trace_of(fact, library), learned=learned_of(fact, library))
    for attempt in attempts:
        if attempt.foreign_id is not None:
            typer.echo(
                f"imported from {attempt.origin}, where it is {attempt.foreign_id}: its model was not chosen here"
            )
    for line in fallback_lines(attempts):
        typer.echo(line)
    print_grid(ATTEMPT_COLUMNS, [attempt_row(attempt) for attempt in attempts])
    models = {attempt.attempt_id: attempt.model for attempt in attempts}
    for one in evidence.agreements:
        typer.echo(agreement_line(one, models))
    print_grid(("scorer", "source", "score", "detail"), [score_row(score, models) for score in scores])


def print_decision(fact: DecisionFact, told: Trace | None, *, learned: Mapping[str, CellMean] = NOTHING) -> None:
    """One decision on one screen: what was asked, what was chosen, the rules tried, how to make it again."""
    line, forecast = request_line(fact), fact.forecast
    typer.echo(explain_decision(fact.decision, request_line=line, learned=learned, forecast=forecast))
    typer.echo()
    for line in wrap(features_line(fact)):
        typer.echo(line)
    for line in wrap(str(problem)) if (problem := (fact.state or {}).get(WEIGHTS_PROBLEM)) is not None else ():
        typer.echo(line)
    for line in () if told is None else tell_trace(told):
        typer.echo(line)
    if told is not None and told.winner is not None and told.winner.name != fact.decision.rule:
        why = ": secrets are masked in what is stored of the request" if is_masked(fact) else ""
        typer.echo(f"yet rule {fact.decision.rule} decided{why}")
    typer.echo(f"made again by: pointsman explain {fact.decision.call_id} --replay")
    typer.echo()


def features_line(fact: DecisionFact) -> str:
    """What the policy saw of the request, without what is empty."""
    told = (
        f"{name} {feature_text(value)}" for name, value in fact.features.items() if value not in (None, "", [], False)
    )
    return "request: " + ", ".join(told)


def feature_text(value: object) -> str:
    """A feature as people read it."""
    match value:
        case list() | tuple():
            return " ".join(map(str, value))
        case dict():
            return " ".join(f"{name}={one}" for name, one in value.items())
        case float():
            return f"{value:.3g}"
    return str(value)


def report_replays(replays: Sequence[Replayed], *, call: str, as_json: bool) -> None:
    """Say of each decision whether it is the same; exit 1 where one differs, else 2 where one can't be told."""
    if as_json:
        print_json({"call_id": call, "replay": replays})
    elif not replays:
        typer.echo("no decision: the call was imported")
    for number, one in enumerate(() if as_json else replays):
        for line in wrap(f"decision {number}: {TOLD[one.verdict]}" + "".join(f"; {note}" for note in one.notes)):
            typer.echo(line)
    verdicts = [one.verdict for one in replays]
    if "different" in verdicts:
        n = verdicts.count("different")
        raise WorkFailedError(f"{n} of {len(replays)} decisions of call {call} were made otherwise this time")
    unknown = next((one for one in replays if one.verdict == "unknown"), None)
    if unknown is not None:
        raise BadInputError(f"a decision can't be made again: {unknown.notes[0]}", field="CALL", value=call)


TOLD: Mapping[Verdict, str] = {"same": "same", "different": "different", "unknown": "can't be made again"}
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


def fallback_lines(attempts: Sequence[AttemptFact]) -> list[str]:
    """Each fallback with its cause, in order; what the models said stands with their attempts and the decisions."""
    return list(dict.fromkeys(fallback_line(one) for one in attempts if one.is_fallback))


def fallback_line(attempt: AttemptFact) -> str:
    """One fallback, or how a cascade went on."""
    if attempt.fallback_cause == ESCALATED:
        return f"went on from {attempt.fallback_from} to {attempt.model}: the answer did not pass the cascade's check"
    cause = attempt.fallback_cause or "the cause was not recorded yet"
    return f"fell back from {attempt.fallback_from} to {attempt.model}: {cause}"


def score_row(score: Scored, models: Mapping[str, str]) -> tuple[object, ...]:
    """A judgement as one line; one of a single attempt's answer, which may not be the call's, says whose it was."""
    answered_by = models.get(score.attempt_id or "")
    detail = score.detail if answered_by is None else f"{answered_by}: {score.detail or 'its answer was refused'}"
    return score.scorer, score.source, score.score, detail


def agreement_line(agreed: Agreed, models: Mapping[str, str]) -> str:
    """What a model said when it was asked again."""
    detail = f": {agreed.detail}" if agreed.detail else ""
    came = "" if agreed.n_seen == agreed.n_samples else f", {agreed.n_seen} of {agreed.n_samples} came"
    return f"{models.get(agreed.attempt_id)} was asked again{detail}; agreement {agreed.agreement:.2f}{came}"


def request_line(fact: DecisionFact) -> str:
    """What was asked, when, and for what."""
    tokens = f"{fact.features.get('input_tokens')} tokens in" if "input_tokens" in fact.features else ""
    parts = (fact.task_type, f"step {fact.step} of item {fact.item_id}", f"run {fact.run_id}", tokens)
    return f"{', '.join(part for part in parts if part)}; decided {fact.decided_at:%Y-%m-%d %H:%M:%S} UTC"
