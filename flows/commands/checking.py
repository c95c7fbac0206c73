"""`pointsman check`: whether the catalogue, the rules and jobs can be used."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.commands.options import AsJson
from flows.gaps import print_gaps
from flows.printing import print_json
from policies.catalogue_lint import lint_catalogue
from policies.categories import parse_categories
from policies.errors import BadInputError
from policies.rule_lint import lint_rules
from policies.rules import parse_rules
from tasks.classifiers import check_recognisable, read_examples
from tasks.drafting import check_corpora_files, locate
from tasks.jobs.checks import Known
from tasks.jobs.reading import locate_job, read_text
from tasks.jobs.servable import refuse_unservable
from tasks.pinned_corpora import Gap
from tasks.run_context import load_catalogue
from tasks.settings import existing, load_settings


def check(
    jobs: Annotated[list[str] | None, typer.Argument(help="Job files to check too.", metavar="JOB…")] = None,
    catalog: Annotated[Path | None, typer.Option(help="Catalogue in place of the configured one.")] = None,
    rules: Annotated[Path | None, typer.Option(help="Rules table in place of the configured one.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check the policy files, and jobs against them; exit 2 at the first that can't be used or that has dead rules.

    Warnings, such as of a price that LiteLLM's map does not have, leave the exit code as it is.
    """
    settings = load_settings()
    catalogue = load_catalogue(existing(catalog, "--catalog") or settings.catalog_file)
    rules_file = existing(rules, "--rules") or settings.rules_file
    categories = parse_categories(read_examples(settings.examples_folder), catalogue=catalogue)
    if categories.categories:
        check_recognisable(categories)
    table = parse_rules(read_text(rules_file), file=str(rules_file), catalogue=catalogue, categories=categories)
    roots = settings.allowed_roots
    gaps: list[Gap] = []
    for job in jobs or ():
        path = locate(job, roots, field="JOB")
        document = locate_job(read_text(path), Known.of(catalogue, base=path.parent, roots=roots), file=job)
        refuse_unservable(document, catalogue)
        gaps += check_corpora_files(document.content, base=path.parent, roots=roots)
    problems, warnings = lint_rules(table), lint_catalogue(catalogue)
    counts = {"models": len(catalogue.models), "rules": len(table.rules), "jobs": len(jobs or ())}
    if as_json:
        print_json({"problems": problems, "warnings": warnings, "documents_left_out": gaps, **counts})
    else:
        for warning in warnings:
            typer.echo(f"warning: {warning}")
        print_gaps(gaps)
    if problems:
        raise BadInputError("; ".join(problems))
    if not as_json:
        typer.echo(", ".join(f"{n} {what}" for what, n in counts.items()) + ": no problem found")
