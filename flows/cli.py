"""The command `pointsman`. Exit codes: 0 done, 1 the work failed, 2 bad input or configuration."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import typer
from typer.exceptions import TyperException

from flows.commands.agreeing import agreement
from flows.commands.categorizing import categories
from flows.commands.checking import check
from flows.commands.comparing import compare
from flows.commands.deciding import route
from flows.commands.evaluating import replay
from flows.commands.explaining import explain
from flows.commands.importing import import_export
from flows.commands.keeping import backup, rebuild, restore
from flows.commands.learning import land, reweigh, validate, weights
from flows.commands.modelling import models
from flows.commands.querying import marts, query
from flows.commands.reconciling import reconcile
from flows.commands.reporting import report
from flows.commands.ruling import rules
from flows.commands.running import demo, plan, resume, run
from flows.commands.scoring import feedback
from flows.commands.supposing import whatif
from flows.commands.watching import watch
from flows.output import abandon_output, print_anything
from flows.signals import SignalledError, endable
from policies.errors import BadInputError, PointsmanError, WorkFailedError
from tasks.jobs.paths import is_broken
from tasks.redaction.guarding import guard_process
from tasks.redaction.streams import clean_streams
from tasks.redaction.vault import redact

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Multi-step AI batch jobs on Prefect: every call routed, accounted and explained.",
)
app.command("run")(run)
app.command("resume")(resume)
app.command("plan")(plan)
app.command("compare")(compare)
app.command("demo")(demo)
app.command("route")(route)
app.command("explain")(explain)
app.command("whatif")(whatif)
app.command("replay")(replay)
app.command("query")(query)
app.command("marts")(marts)
app.command("report")(report)
app.command("land")(land)
app.command("backup")(backup)
app.command("restore")(restore)
app.command("rebuild")(rebuild)
app.command("validate")(validate)
app.command("reweigh")(reweigh)
app.command("watch")(watch)
app.add_typer(weights, name="weights")
app.add_typer(models, name="models")
app.add_typer(rules, name="rules")
app.command("import")(import_export)
app.command("feedback")(feedback)
app.command("agreement")(agreement)
app.command("reconcile")(reconcile)
app.command("check")(check)
app.command("categories")(categories)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line, by default this process's; every error that we know is one line on standard error."""
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")  # errors are ours to print, once, in one line
    os.environ.setdefault("PREFECT_INTERNAL_LOGGING_LEVEL", "CRITICAL")
    os.environ.setdefault("PREFECT_SERVER_LOGGING_LEVEL", "CRITICAL")  # a temporary server's, that Ctrl-C ends too
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "180")  # a busy machine takes its time
    guard_process()
    print_anything()
    with clean_streams():
        code = run_app(arguments)
    sys.exit(code)


def run_app(arguments: Sequence[str] | None) -> int:
    """Run one command; returns the exit code."""
    try:
        refuse_broken(sys.argv[1:] if arguments is None else arguments)
        with endable():
            code = app(arguments, standalone_mode=False)
        sys.stdout.flush()
    except PointsmanError as error:
        error.rewrite(redact)
        code = fail(str(error), error.exit_code)
    except TyperException as error:
        code = fail(" ".join(error.format_message().split()), 2)
    except SignalledError as error:
        code = fail(str(error), error.exit_code)
    except typer.Abort:  # of a question that nobody answers
        code = fail("aborted", WorkFailedError.exit_code)
    except BrokenPipeError:
        abandon_output()  # its reader has gone, as `head` does
        code = 0
    except SystemExit as error:  # what Typer makes of the same
        if not isinstance(error.__context__, BrokenPipeError):
            raise
        abandon_output()
        code = 0
    except OSError as error:
        abandon_output()
        code = fail(str(error), WorkFailedError.exit_code)
    return code or 0


def refuse_broken(arguments: Sequence[str]) -> None:
    """Raise `BadInputError` at bytes that are no UTF-8: nothing could be written of them, nor looked for by them."""
    for position, argument in enumerate(arguments, 1):
        if is_broken(argument):
            raise BadInputError("is not UTF-8", field=f"argument {position}", value=argument)


def fail(line: str, code: int) -> int:
    """Say in one line what is wrong."""
    print(f"pointsman: {line}", file=sys.stderr)
    return code
