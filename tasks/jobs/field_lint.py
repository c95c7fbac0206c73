"""Fields that a job looks for and no item has, where that is allowed and probably not meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policies.documents import Document
from policies.documents import Path as DocumentPath
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


def optional_fields(job: Job) -> Iterator[tuple[DocumentPath, str, str]]:
    """Each field that items may lack, with the path that names it and what is lost without it."""
    for number, step in enumerate(job.steps):
        for place, spec in enumerate(step.scorers):
            for reference in spec.references():
                root, name, *_ = reference.split(".")
                if root == "item":
                    yield ("steps", number, "scorers", place), name, f"scorer {spec.label} has nothing to score by"
        for place, name in enumerate(step.tags_from if isinstance(step, LlmStep) else ()):
            yield ("steps", number, "tags_from", place), name, "it gives no tag"
