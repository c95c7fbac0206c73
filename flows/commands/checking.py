"""`pointsman check`: whether the catalogue, the rules and jobs can be used, and what of them is probably a mistake."""

from __future__ import annotations

from datetime import timedelta
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
from policies.match_lint import lint_matches
from policies.rule_lint import lint_rules
from policies.rules import parse_rules
from policies.shortlist_lint import lint_shortlists
from policies.types import Catalogue, Request
from tasks.classifiers import check_recognisable, read_examples
from tasks.clock import now
from tasks.drafting import check_corpora_files, locate
from tasks.jobs.checks import Known
from tasks.jobs.reading import locate_job, read_text
from tasks.jobs.servable import least_requests, refuse_unservable
from tasks.pinned_corpora import Gap
from tasks.run_context import load_catalogue
from tasks.settings import current_home, existing, load_settings
from warehouse.rule_matches import count_matches


def check(
    jobs: Annotated[list[str] | None, typer.Argument(help="Job files to check too.", metavar="JOB…")] = None,
    catalog: Annotated[Path | None, typer.Option(help="Catalogue in place of the configured one.")] = None,
    rules: Annotated[Path | None, typer.Option(help="Rules table in place of the configured one.")] = None,
    days: Annotated[
        int, typer.Option(min=1, max=3650, help="Tell of rules that took none of the requests of so many days.")
    ] = 30,
    as_json: AsJson = False,
) -> None:
    """Check the policy files, and jobs against them: a linter, with file and line of each finding.

    Errors, such as a rule that is never reached, make the exit code 2; warnings leave it as it is.
    """
    settings = load_settings()
    catalogue = load_catalogue(existing(catalog, "--catalog") or settings.catalog_file)
    rules_file = existing(rules, "--rules") or settings.rules_file
    categories = parse_categories(read_examples(settings.examples_folder), catalogue=catalogue)
    if categories.categories:
        check_recognisable(categories)
    table = parse_rules(read_text(rules_file), file=str(rules_file), catalogue=catalogue, categories=categories)
    steps, gaps = check_jobs(jobs or (), catalogue, roots=settings.allowed_roots)
    matches = count_matches(current_home(), since=now() - timedelta(days=days))
    dead_or_shared = lint_rules(table, catalogue)
    dead = {finding.line for finding in dead_or_shared if finding.code == "unreachable"}
    never_matched = lint_matches(table, matches, n_days=days)
    findings = (
        *dead_or_shared,
        *lint_shortlists(table, catalogue, steps),
        *(finding for finding in never_matched if finding.line not in dead),
        *lint_prices(catalogue),
        *lint_models(catalogue),
        *lint_skills(catalogue),
        *lint_categories(categories),
    )
    counts = {"models": len(catalogue.models), "rules": len(table.rules), "jobs": len(jobs or ())}
    if as_json:
        print_json({"findings": findings, "documents_left_out": gaps, **counts})
    else:
        print_warnings(findings)
        print_gaps(gaps)
    errors = [finding for finding in findings if finding.severity == "error"]
    for error in errors:
        typer.echo(f"pointsman: {error}", err=True)
    if errors:
        raise typer.Exit(BadInputError.exit_code)
    if not as_json:
        typer.echo(", ".join(f"{n} {what}" for what, n in counts.items()) + ": no problem found")


def check_jobs(
    jobs: list[str] | tuple[str, ...], catalogue: Catalogue, *, roots: tuple[Path, ...]
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
