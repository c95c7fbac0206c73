"""The files that `pointsman check` looks at: each read as far as it can be, and everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from policies.categories import CategoryTable, check_examples, parse_categories
from policies.documents import locate_document
from policies.errors import BadInputError
from policies.rule_table import RuleTable
from policies.rules import check_rules, parse_rules
from policies.types import Catalogue, Request
from tasks.classifiers import check_recognisable, read_examples
from tasks.drafting import check_corpora_files, locate
from tasks.jobs.checks import Known
from tasks.jobs.reading import locate_job, read_text
from tasks.jobs.schema import Job
from tasks.jobs.servable import least_requests, picture_requests, unservable
from tasks.pinned_corpora import Gap
from tasks.run_context import load_catalogue
from tasks.settings import Settings, existing

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Paths:
    """Where the files are; each job as it was named, with its path."""

    catalogue: Path
    rules: Path
    examples: Path
    jobs: Sequence[tuple[str, Path]]


@dataclass(slots=True)
class PolicyFiles:
    """What could be read; None is what could not be used, and `problems` say why.

    `steps` are the least requests of the jobs' steps, `pictured` those of items that have images, where some may have
    none. `gaps` are the documents that the jobs' corpora do without.
    """

    catalogue: Catalogue | None = None
    categories: CategoryTable | None = None
    table: RuleTable | None = None
    n_jobs: int = 0
    steps: list[Request] = field(default_factory=list)
    pictured: list[Request] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    problems: list[BadInputError] = field(default_factory=list)

    def attempt(self, read: Callable[[], T]) -> T | None:
        """What is read; None where that can't be used, and its problems are kept."""
        try:
            return read()
        except BadInputError as error:
            self.problems += error.every()
            return None


def read_policy_files(
    settings: Settings, jobs: Sequence[str], *, catalog: Path | None, rules: Path | None
) -> PolicyFiles:
    """Read all of them, if all are there.

    A file that names what another has is checked by itself where that one can't be used.
    """
    files = PolicyFiles()
    paths = files.attempt(lambda: find_files(settings, jobs, catalog=catalog, rules=rules))
    if paths is None:
        return files
    files.catalogue = files.attempt(lambda: load_catalogue(paths.catalogue))
    files.categories = files.attempt(lambda: read_categories(paths.examples, files.catalogue))
    files.table = files.attempt(lambda: read_rules(paths.rules, files.catalogue, files.categories))
    for job, path in paths.jobs:
        read = partial(read_job, path, files, file=job, roots=settings.allowed_roots)
        files.n_jobs += bool(files.attempt(read))
    return files


def find_files(settings: Settings, jobs: Sequence[str], *, catalog: Path | None, rules: Path | None) -> Paths:
    """Where the files are; raises `BadInputError` at the first option or variable that names none."""
    return Paths(
        existing(catalog, "--catalog") or settings.catalog_file,
        existing(rules, "--rules") or settings.rules_file,
        settings.examples_folder,
        [(job, locate(job, settings.allowed_roots, field="JOB")) for job in jobs],
    )


def read_categories(folder: Path, catalogue: Catalogue | None) -> CategoryTable | None:
    """The categories; None without a catalogue, where the files are sound by themselves."""
    texts: Mapping[str, str] = read_examples(folder)
    if catalogue is None:
        check_examples(texts, catalogue=None)
        return None
    categories = parse_categories(texts, catalogue=catalogue)
    if categories.categories:
        check_recognisable(categories)
    return categories


def read_rules(file: Path, catalogue: Catalogue | None, categories: CategoryTable | None) -> RuleTable | None:
    """The rules; None without a catalogue, where the file is sound by itself."""
    text = read_text(file)
    if catalogue is None:
        check_rules(text, file=str(file), catalogue=None, categories=None)
        return None
    return parse_rules(text, file=str(file), catalogue=catalogue, categories=categories)


def read_job(path: Path, files: PolicyFiles, *, file: str, roots: tuple[Path, ...]) -> bool:
    """Read a job into the files; false without a catalogue, where the job is sound by itself."""
    if files.catalogue is None:
        locate_document(read_text(path), Job, file=file)
        return False
    document = locate_job(read_text(path), Known.of(files.catalogue, base=path.parent, roots=roots), file=file)
    problems = list(unservable(document, files.catalogue))
    files.problems += problems
    told = {problem.field for problem in problems}
    files.steps += [one for one in least_requests(document.content) if f"steps.{one.step}" not in told]
    files.pictured += [one for one in picture_requests(document.content) if f"steps.{one.step}" not in told]
    files.gaps += check_corpora_files(document.content, base=path.parent, roots=roots)
    return not problems
