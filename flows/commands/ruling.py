"""`pointsman rules`: the rules in force, their versions, and edits of several people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.commands.options import AsJson
from flows.printing import print_grid, print_json
from policies.errors import BadInputError, WorkFailedError
from policies.rules import rules_version
from tasks.clock import now
from tasks.jobs.reading import read_text
from tasks.redaction.vault import learn_environment, redact
from tasks.rule_edits import Push, push_rules
from tasks.settings import current_home, load_settings, made_home
from warehouse.policy_versions import list_policies, policy_seen

rules = typer.Typer(no_args_is_help=True, help="The rules in force, their versions, and edits of several people.")


@rules.command("push")
def push(
    file: Annotated[Path, typer.Argument(help="The edited rules.", metavar="FILE")],
    base: Annotated[str, typer.Option(help="The version that the edit was based on; `pointsman rules show` says it.")],
    as_json: AsJson = False,
) -> None:
    """Put edited rules into force, unless those in force are no longer what the edit was based on.

    Then nothing is changed, and what somebody else changed is shown; exit 1. Exit 2 for rules that can't be used.
    """
    settings = load_settings()
    pushed = push_rules(file, base=version_named(base), settings=settings, home=made_home(current_home()), at=now())
    if as_json:
        print_json(pushed)
    else:
        tell_push(pushed)
    if pushed.status == "refused":
        told = "" if as_json else ": see the changes above"
        raise WorkFailedError(
            f"{pushed.file} is {pushed.current} now, not {pushed.base}{told}; nothing was changed. Edit that version,"
            f" and push with --base {pushed.current}"
        )


@rules.command("show")
def show(
    version: Annotated[str | None, typer.Argument(help="The version; none: the one in force.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print rules as they are or were; their version and file are said on standard error."""
    source, text = text_of(version)
    name = rules_version(text) if version is None else version_named(version)
    if as_json:
        print_json({"version": name, "file": source, "text": redact(text)})
        return
    typer.echo(f"{name} {source or 'from the warehouse'}", err=True)
    typer.echo(redact(text), nl=False)


@rules.command("list")
def list_versions(as_json: AsJson = False) -> None:
    """Every version that was in force or pushed, the latest first."""
    current = rules_version(read_text(load_settings().rules_file))
    versions = list_policies(current_home(), "rules")
    rows = [(seen.version, seen.seen_at, seen.version == current, seen.text.count("\n")) for seen in versions]
    columns = ("version", "first_seen_at", "is_in_force", "lines")
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        print_grid(("version", "first seen", "in force", "lines"), rows)


def tell_push(pushed: Push) -> None:
    """What became of a push, for people."""
    for warning in pushed.warnings:
        typer.echo(f"pointsman: warning: {warning}", err=True)
    match pushed.status:
        case "pushed":
            typer.echo(f"{pushed.version} is in force, in the place of {pushed.base}: {pushed.file}")
        case "unchanged":
            typer.echo(f"{pushed.version} is in force already: {pushed.file}")
        case "refused":
            if not pushed.is_base_known:
                typer.echo(f"the warehouse does not know {pushed.base}: compared with the pushed rules instead")
            typer.echo(redact(pushed.changes))


def text_of(version: str | None) -> tuple[str | None, str]:
    """The file and the text of the rules in force, or the text of a version."""
    learn_environment()
    if version is None:
        file = load_settings().rules_file
        return str(file), read_text(file)
    seen = policy_seen(current_home(), "rules", version_named(version))
    if seen is None:
        problem = "there is no such version in the warehouse; `pointsman rules list` shows all"
        raise BadInputError(problem, field="VERSION", value=version)
    return None, seen.text


def version_named(text: str) -> str:
    """A version as it is written, also without its prefix."""
    return text if text.startswith("r-") else f"r-{text}"
