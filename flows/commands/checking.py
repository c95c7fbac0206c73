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
from policies.categories import parse_categories
from policies.categories_lint import lint_categories
from policies.errors import BadInputError
from policies.findings import Finding
from policies.match_lint import lint_log, lint_matches
from policies.rule_lint import lint_rules
from policies.rule_table import RuleTable
from policies.rules import parse_rules
from policies.shortlist_lint import lint_shortlists
from policies.types import Catalogue, Request
from tasks.classifiers import check_recognisable, read_examples
from tasks.clock import now
from tasks.drafting import check_corpora_files, locate
from tasks.jobs.checks import Known
from tasks.jobs.reading import locate_job, read_text
from tasks.jobs.servable import least_requests, refuse_unservable
from tasks.logged_calls import read_log
from tasks.periods import since_of
from tasks.pinned_corpora import Gap
from tasks.redaction.vault import redact
from tasks.replaying import Library
from tasks.run_context import load_catalogue
from tasks.settings import current_home, existing, load_settings
from warehouse.rule_matches import count_matches

COUNTED = ("models", "rules", "jobs")
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

    Errors, such as a rule that is never reached, make the exit code 2; warnings leave it as it is.
    """
    try:
        findings, gaps, counts = lint(jobs or (), catalog=catalog, rules=rules, since=since)
    except BadInputError as error:
        if as_json:
            print_json({"findings": [finding_of(error)], "documents_left_out": (), **dict.fromkeys(COUNTED)})
        raise
    if as_json:
        print_json({"findings": findings, "documents_left_out": gaps, **counts})
    else:
        print_warnings(findings)
        print_gaps(gaps)
    errors = [finding for finding in findings if finding.severity == "error"]
    for finding in errors:
        typer.echo(f"pointsman: {finding}", err=True)
    if errors:
        raise typer.Exit(BadInputError.exit_code)
    if not as_json:
        verdict = f"no error, {len(findings)} warnings" if findings else "no problem found"
        typer.echo(", ".join(f"{n} {what}" for what, n in counts.items()) + f": {verdict}")


def lint(
    jobs: Sequence[str], *, catalog: Path | None, rules: Path | None, since: str
) -> tuple[tuple[Finding, ...], list[Gap], Mapping[str, int]]:
    """What there is to say of the files, documents that are left out, and how much was looked at."""
    settings = load_settings()
    catalogue = load_catalogue(existing(catalog, "--catalog") or settings.catalog_file)
    rules_file = existing(rules, "--rules") or settings.rules_file
    categories = parse_categories(read_examples(settings.examples_folder), catalogue=catalogue)
    if categories.categories:
        check_recognisable(categories)
    table = parse_rules(read_text(rules_file), file=str(rules_file), catalogue=catalogue, categories=categories)
    steps, gaps = check_jobs(jobs, catalogue, roots=settings.allowed_roots)
    logged = lint_logged(table, since=since)
    dead_or_shared = lint_rules(table, catalogue)
    dead = {finding.line for finding in dead_or_shared if finding.code == "unreachable"}
    findings = (
        *dead_or_shared,
        *lint_shortlists(table, catalogue, steps),
        *(finding for finding in logged if finding.line not in dead),
        *lint_prices(catalogue),
        *lint_models(catalogue),
        *lint_skills(catalogue),
        *lint_categories(categories),
    )
    counts = dict(zip(COUNTED, (len(catalogue.models), len(table.rules), len(jobs)), strict=True))
    return findings, gaps, counts


def finding_of(error: BadInputError) -> Finding:
    """A file that can't be used at all as a finding, without the secrets that it may hold."""
    error.rewrite(redact)
    file = error.file or ""
    where = file if error.line is None else f"{file}:{error.line}"
    return Finding("error", "invalid", file, error.line, str(error).removeprefix(f"{where}: "))


def lint_logged(table: RuleTable, *, since: str) -> tuple[Finding, ...]:
    """What the warehouse's log says of the rules; of a long one, only which names never decided."""
    home, began = current_home(), since_of(since, now=now(), field="--since")
    counts = count_matches(home, since=began)
    if not counts:
        return ()
    told = f"--since {since}"
    if sum(counts.values()) > LONGEST_LOG:
        return lint_matches(table, counts, since=told)
    return lint_log(table, read_log(home, since=began, library=Library(home)), since=told)


def check_jobs(
    jobs: Sequence[str], catalogue: Catalogue, *, roots: tuple[Path, ...]
) -> tuple[list[Request], list[Gap]]:
    """The least requests of the jobs' steps, and the documents that their corpora do without."""
    steps: list[Request] = []
    gaps: list[Gap] = []
    for job in jobs:
        path = locate(job, roots, field="JOB")
        document = locate_job(read_text(path), Known.of(catalogue, base=path.parent, roots=roots), file=job)
        refuse_unservable(document, catalogue)
        steps += least_requests(document.content)
        gaps += check_corpora_files(document.content, base=path.parent, roots=roots)
    return steps, gaps


def print_warnings(findings: tuple[Finding, ...]) -> None:
    """The warnings, one a line, those of a file by line."""
    for finding in sorted(findings, key=lambda one: (one.file != findings[0].file, one.file, one.line or 0)):
        if finding.severity == "warning":
            typer.echo(f"warning: {finding}")
