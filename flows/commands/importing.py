"""`pointsman import`: what other tools recorded becomes facts of the ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

from flows.commands.options import AsJson
from flows.printing import print_grid, print_json
from policies.errors import BadInputError
from tasks.clock import now
from tasks.imports.importing import import_calls
from tasks.imports.outcome import Refused, Summary
from tasks.imports.requests import CallRequest, NameOptions, UsageRequest
from tasks.imports.score_rules import score_rules
from tasks.imports.usage import import_usage
from tasks.settings import load_settings

Source: TypeAlias = Literal["litellm-spend-logs", "langfuse", "openai-usage"]
File: TypeAlias = Annotated[Path, typer.Argument(help="JSON, JSON lines, CSV or Parquet.", metavar="FILE")]
MapFile: TypeAlias = Annotated[
    Path | None, typer.Option("--map", help="YAML: `models` and `task_types`, each a name there to a name here.")
]
MAX_BAD_SHOWN = 20


def import_export(
    source: Annotated[Source, typer.Argument(help="What the file is an export of.", metavar="SOURCE")],
    file: File,
    map_file: MapFile = None,
    task_type: Annotated[str, typer.Option(help="Task type of calls whose names and tags say none.")] = "generate",
    zero_cost: Annotated[
        Literal["unknown", "free"],
        typer.Option(help="What a call's cost of 0 means: the tools write it for unknown prices too."),
    ] = "unknown",
    scores: Annotated[Path | None, typer.Option(help="An export of scores of these calls.", metavar="FILE")] = None,
    score: Annotated[
        list[str] | None,
        typer.Option(help="Take this score, and only those named: NAME=check|judge|human[:LOW:HIGH].", metavar="RULE"),
    ] = None,
    account: Annotated[str | None, typer.Option(help="Whose usage it is, where there are several accounts.")] = None,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Import the good rows; else bad ones stop it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import what other tools recorded: litellm-spend-logs, langfuse or openai-usage. Importing again adds nothing."""
    names = NameOptions(map_file, task_type)
    if source == "openai-usage":
        refuse_options({"--scores": scores, "--score": score}, source)
        usage = UsageRequest(file, names, account=account, is_skipping=skip_bad)
        report(import_usage(usage, load_settings(), now=now()), as_json=as_json)
        return
    refuse_options({"--account": account}, source)
    calls = CallRequest(
        source,
        file,
        names,
        scores_file=scores,
        score_rules=score_rules(score or (), option="--score"),
        is_zero_unknown=zero_cost == "unknown",
        is_skipping=skip_bad,
    )
    report(import_calls(calls, load_settings(), now=now()), as_json=as_json)


def refuse_options(given: dict[str, object], source: Source) -> None:
    """Raise `BadInputError` for an option that means nothing for a source."""
    for option, value in given.items():
        if value is not None:
            raise BadInputError(f"means nothing for {source}", field=option)


def report(summary: Summary, *, as_json: bool) -> None:
    """Tell what an import did."""
    if as_json:
        print_json(summary)
        return
    typer.echo(sentence(summary))
    rows = [(use.foreign_model, use.model, use.is_known, use.n) for use in summary.models]
    if rows:
        print_grid(("model there", "model here", "known", "imported"), rows)
    for refused in summary.bad:
        show_bad(refused)


def sentence(summary: Summary) -> str:
    """An import in one paragraph."""
    parts = [
        f"{summary.rows} rows: {summary.imported} imported as {summary.run_id}",
        f"{summary.known} known already",
        f"{summary.repeated} repeated in the file",
        f"{summary.bad_rows} bad ones skipped",
        *(f"{n} left out ({reason})" for reason, n in summary.left_out.items()),
        f"cost {summary.cost_usd:f} USD, {summary.of_unknown_cost} of unknown cost",
    ]
    if summary.scores_imported or summary.scores_known or summary.scores_left_out:
        parts += [f"{summary.scores_imported} scores imported", f"{summary.scores_known} scores known already"]
        parts += [f"{n} left out ({reason})" for reason, n in summary.scores_left_out.items()]
    return "; ".join(parts)


def show_bad(refused: Refused) -> None:
    """The first bad rows of a file, each with what is wrong with it."""
    rows = [(row.number, row.field, row.value, row.problem) for row in refused.rows[:MAX_BAD_SHOWN]]
    print_grid((refused.unit, "field", "value", "problem"), rows, title=f"skipped of {refused.file}")
