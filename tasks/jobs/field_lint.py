"""Fields that a job looks for and no item has, where that is allowed and probably not meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policies.documents import Document
from policies.documents import Path as DocumentPath
from tasks.jobs.judge_spec import JudgeSpec
from tasks.jobs.schema import Job
from tasks.jobs.steps import LlmStep
from warehouse.batch import Item


def lint_fields(document: Document[Job], items: Sequence[Item]) -> tuple[str, ...]:
    """One line per scorer's reference and per `tags_from` that no item of the batch has, with its place.

    A batch without answers is a fair batch, so that it can't be scored is only told.
    """
    there = {name for item in items for name in item.fields}
    return tuple(
        str(document.error(path, f"no item has the field {name!r}, so {loss}"))
        for path, name, loss in optional_fields(document.content)
        if name not in there
    )


def judged_fields(judge: JudgeSpec) -> Iterator[tuple[str, str, str]]:
    """Each reference of a judge: its key, the reference, and what is lost without what it points at."""
    if judge.against is not None:
        yield "against", judge.against, "the judge has nothing to compare with"
    if judge.reference is not None:
        yield "reference", judge.reference, "the judge has no accepted answer to look at"


def optional_fields(job: Job) -> Iterator[tuple[DocumentPath, str, str]]:
    """Each field that items may lack, with the path that names it and what is lost without it."""
    for number, step in enumerate(job.steps):
        for place, spec in enumerate(step.scorers):
            for reference in spec.references():
                root, name, *_ = reference.split(".")
                if root == "item":
                    yield ("steps", number, "scorers", place), name, f"scorer {spec.label} has nothing to score by"
        judge = step.judge if isinstance(step, LlmStep) else None
        for key, named, loss in judged_fields(judge) if judge is not None else ():
            root, name, *_ = named.split(".")
            if root == "item":
                yield ("steps", number, "judge", key), name, loss
        for place, name in enumerate(step.tags_from if isinstance(step, LlmStep) else ()):
            yield ("steps", number, "tags_from", place), name, "it gives no tag"
