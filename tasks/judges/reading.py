"""The rubric files that a job names: read from disk, or as a run has pinned them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from policies.documents import Document
from policies.errors import BadInputError
from tasks.jobs.paths import resolve_inside
from tasks.jobs.schema import Job
from tasks.jobs.steps import LlmStep
from tasks.judges.rubric import Rubric, parse_rubric

if TYPE_CHECKING:
    from tasks.jobs.checks import Known

MAX_BYTES = 200_000
MAX_NAME = 64  # of a step


def read_rubric(path: str, known: Known) -> tuple[str, Rubric]:
    """A rubric's text and content; raises `BadInputError`, without a place where the file itself is to blame."""
    text = known.rubrics.get(path) if known.rubrics is not None else None
    if text is None:
        text = read_file(path, known)
    return text, parse_rubric(text, file=path)


def read_file(path: str, known: Known) -> str:
    """The text of a rubric file in the roots."""
    file = resolve_inside(path, known.roots, base=known.base)
    try:
        if not file.is_file():
            raise BadInputError("is not a file", value=path)
        if file.stat().st_size > MAX_BYTES:
            raise BadInputError(f"is longer than {MAX_BYTES} bytes", value=path)
        return file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInputError("is not UTF-8", value=path) from error
    except OSError as error:
        raise BadInputError(f"can't be read: {error.strerror}", value=path) from error


def check_judges(document: Document[Job], known: Known) -> Iterator[BadInputError]:
    """Rubrics that can be read, names that are free, and money that is left for the steps themselves."""
    from tasks.jobs.judges import judged_by

    job = document.content
    names = {step.name for step in job.steps}
    share = 0.0
    for number, step in enumerate(job.steps):
        if not isinstance(step, LlmStep) or step.judge is None:
            continue
        path = ("steps", number, "judge")
        share += step.judge.budget_share
        for name in judged_by(step):
            if name in names:
                yield document.error(path, f"its calls would be those of step {name!r}, which the job has itself")
            if len(name) > MAX_NAME:
                yield document.error(path, f"the step's name is too long for that of its judge's step, {name!r}")
        try:
            read_rubric(step.judge.rubric, known)
        except BadInputError as error:
            if error.file is not None:
                yield error
            else:
                yield document.error((*path, "rubric"), error.problem, value=step.judge.rubric)
        if share >= 1:
            yield document.error((*path, "budget_share"), "the judges' shares leave nothing for the steps", value=share)
