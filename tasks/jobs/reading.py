"""Job files read from disk, checked, and identified by their content."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import orjson

from policies.documents import MAX_CHARACTERS, Document, locate_document
from policies.errors import BadInputError
from tasks.jobs.checks import Known, check_job
from tasks.jobs.judges import rubric_texts, with_judges, without_judges
from tasks.jobs.schema import Job
from tasks.jobs.steps import LlmStep
from tasks.judges.reading import read_rubric


def read_job(
    path: Path, *, task_types: frozenset[str], model_names: frozenset[str], roots: Sequence[Path] = (Path(),)
) -> Job:
    """Read and check the job file at `path`; corpora's folders must lie in `roots`, and are relative to the file.

    Whether `path` itself may be read is for the caller to say (`resolve_inside`). Raises `BadInputError` with file,
    line, field and value.
    """
    known = Known(task_types, model_names, base=path.parent, roots=tuple(roots))
    return parse_job(read_text(path), known, file=str(path))


def parse_job(text: str, known: Known, *, file: str) -> Job:
    """As `read_job`, from text."""
    return locate_job(text, known, file=file).content


def locate_job(text: str, known: Known, *, file: str) -> Document[Job]:
    """As `parse_job`, and keep the line of every path; the steps that its judges stand for come after its own."""
    document = locate_document(text, Job, file=file, check=partial(check_job, known=known))
    judges = [step.judge for step in document.content.steps if isinstance(step, LlmStep) and step.judge is not None]
    rubrics = {judge.rubric: read_rubric(judge.rubric, known) for judge in judges}
    return replace(document, content=with_judges(document.content, rubrics))


def read_text(path: Path) -> str:
    """The text of a regular file of a job's size; raises `BadInputError` for everything else."""
    try:
        if not path.is_file():
            problem = "is not a file" if path.exists() else "does not exist"
            raise BadInputError(problem, file=path)
        content = path.read_bytes() if path.stat().st_size <= 4 * MAX_CHARACTERS else None
    except (OSError, ValueError) as error:  # ValueError: NUL in a path
        raise BadInputError(f"can't be read: {error}", file=path) from error
    if content is None:
        raise BadInputError(f"is longer than {MAX_CHARACTERS} characters", file=path)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise BadInputError("is not UTF-8", file=path, line=line) from error


# Fields that jobs could not have at first: without them a job's hash stays what it was, and its runs can be resumed.
CAME_LATER = ("prefers", "category", "images", "cascade", "credit", "judge")
CAME_LATER_TO_CASCADES = ("samples", "temperature", "measured")
CAME_LATER_TO_JOBS = ("exploration", "latency_price", "quality_floor", "final_step", "deadline_s")
CAME_LATER_TO_SCORERS = ("number_field", "tolerance", "absolute_tolerance", "take", "language", "syntax")


def job_hash(job: Job) -> str:
    """SHA-256 of the job's content with defaults filled in, and of its rubrics; layout, comments and the order of keys
    don't count in the job's own file."""
    content = without_judges(job).model_dump(mode="json", by_alias=True)
    if rubrics := rubric_texts(job):
        content["rubrics"] = rubrics
    drop_empty(content, CAME_LATER_TO_JOBS)
    for step in content["steps"]:
        drop_empty(step, CAME_LATER)
        drop_empty(step.get("prompt", {}), CAME_LATER)
        drop_absent(step.get("cascade") or {}, CAME_LATER_TO_CASCADES)
        for scorer in step["scorers"]:
            drop_empty(scorer, CAME_LATER_TO_SCORERS)
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def drop_absent(mapping: dict[str, object], names: Sequence[str]) -> None:
    """Take some fields out where they are not given; 0 is given."""
    for name in names:
        if mapping.get(name) is None:
            mapping.pop(name, None)


def drop_empty(mapping: dict[str, object], names: Sequence[str]) -> None:
    """Take some fields out where they hold nothing."""
    for name in names:
        if not mapping.get(name):
            mapping.pop(name, None)
