"""`pointsman check`: whether the catalogue, the rules and jobs can be used, and what of them is probably a mistake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from flows.commands.options import AsJson
from flows.gaps import print_gaps
from flows.printing import print_json
from policies.catalogue_lint import lint_models, lint_prices, lint_skills
from policies.categories import CategoryTable
from policies.categories_lint import lint_categories
from policies.errors import BadInputError
from policies.findings import Finding
from policies.match_lint import lint_log, lint_matches
from policies.reclassified import is_as_logged, reclassify
from policies.rule_lint import lint_rules
from policies.rule_table import RuleTable
from policies.shortlist_lint import lint_shortlists
from tasks.classifiers import classes_of
from tasks.clock import now
from tasks.logged_calls import read_log
from tasks.periods import since_of
from tasks.policy_files import PolicyFiles, read_policy_files
from tasks.redaction.vault import redact
from tasks.replaying import Library
from tasks.settings import current_home, load_settings
from warehouse.rule_matches import count_matches

LONGEST_LOG = 1_000_000  # decisions; longer logs are not read to check a file


def check(
    jobs: Annotated[list[str] | None, typer.Argument(help="Job files to check too.", metavar="JOB…")] = None,
    catalog: Annotated[Path | None, typer.Option(help="Catalogue in place of the configured one.")] = None,
    rules: Annotated[Path | None, typer.Option(help="Rules table in place of the configured one.")] = None,
    since: Annotated[
        str, typer.Option(help="Try the rules on the requests that were logged since: 30d, 12h, 2026-11-01.")
    ] = "30d",
    as_json: AsJson = False,
) -> None:
    """Check the policy files, and jobs against them: a linter, with file and line of each finding.

    Everything that is wrong is told, also where a file can't be used. Errors, such as a rule that is never reached,
    make the exit code 2; warnings leave it as it is.
    """
    settings = load_settings()
    files = read_policy_files(settings, jobs or (), catalog=catalog, rules=rules)
    findings = [*lint(files, since=since), *map(finding_of, files.problems)]
    rules_file = str(rules or settings.rules or "")
    findings.sort(key=lambda one: (one.file != rules_file, one.file, one.line or 0))
    counts = counts_of(files)
    if as_json:
        print_json({"findings": findings, "documents_left_out": files.gaps, **counts})
    else:
        print_warnings(findings)
        print_gaps(files.gaps)
    errors = [finding for finding in findings if finding.severity == "error"]
    for finding in errors:
        typer.echo(f"pointsman: {finding}", err=True)
    if errors:
        raise typer.Exit(BadInputError.exit_code)
    if not as_json:
        verdict = f"no error, {len(findings)} warnings" if findings else "no problem found"
        typer.echo(", ".join(f"{n} {what}" for what, n in counts.items()) + f": {verdict}")


def lint(files: PolicyFiles, *, since: str) -> list[Finding]:
    """What there is to say of the files that can be used."""
    findings: list[Finding] = []
    catalogue, table = files.catalogue, files.table
    if catalogue is not None and table is not None:
        dead_or_shared = lint_rules(table, catalogue)
        dead = {finding.line for finding in dead_or_shared if finding.code == "unreachable"}
        logged = files.attempt(lambda: lint_logged(table, files.categories, since=since)) or ()
        findings += dead_or_shared
        findings += lint_shortlists(table, catalogue, files.steps, files.pictured)
        findings += (finding for finding in logged if finding.line not in dead)
    if catalogue is not None:
        findings += (*lint_prices(catalogue), *lint_models(catalogue), *lint_skills(catalogue))
    if files.categories is not None:
        findings += lint_categories(files.categories)
    return findings


def counts_of(files: PolicyFiles) -> Mapping[str, int | None]:
    """How much was looked at; None of what can't be used."""
    return {
        "models": None if files.catalogue is None else len(files.catalogue.models),
        "rules": None if files.table is None else len(files.table.rules),
        "jobs": files.n_jobs,
    }


def finding_of(error: BadInputError) -> Finding:
    """A file that can't be used as a finding, without the secrets that it may hold."""
    error.rewrite(redact)
    file = error.file or ""
    where = file if error.line is None else f"{file}:{error.line}"
    return Finding("error", "invalid", file, error.line, str(error).removeprefix(f"{where}: "))


def lint_logged(table: RuleTable, categories: CategoryTable | None, *, since: str) -> tuple[Finding, ...]:
    """What the warehouse's log says of the rules; of a long one, only which names never decided."""
    home, began = current_home(), since_of(since, now=now(), field="--since")
    counts = count_matches(home, since=began)
    if not counts:
        return ()
    told = f"--since {since}"
    if sum(counts.values()) > LONGEST_LOG:
        return lint_matches(table, counts, since=told)
    log = read_log(home, since=began, library=Library(home))
    if not is_as_logged(table, log):
        log = reclassify(table, log, classes_of(home, categories))
    return lint_log(table, log, since=told)


def print_warnings(findings: Sequence[Finding]) -> None:
    """The warnings, one a line."""
    for finding in findings:
        if finding.severity == "warning":
            typer.echo(f"warning: {finding}")
