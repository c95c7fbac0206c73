"""The corpora of a job with their folders found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from policies.errors import BadInputError
from tasks.jobs.paths import resolve_inside
from tasks.jobs.schema import Job
from tasks.retrieval.corpus import CorpusSpec


def locate_corpora(job: Job, *, base: Path, roots: Sequence[Path]) -> Mapping[str, CorpusSpec]:
    """Each corpus with its folder's real path, relative ones taken from `base`, the job file's folder.

    Raises `BadInputError` for a folder outside the `roots`, or that is none.
    """
    return {name: locate_corpus(spec, base=base, roots=roots) for name, spec in job.corpora.items()}


def locate_corpus(spec: CorpusSpec, *, base: Path, roots: Sequence[Path]) -> CorpusSpec:
    """`spec` with its folder's real path."""
    if spec.folder is None:
        return spec
    folder = resolve_inside(spec.folder, roots, base=base)
    if not folder.is_dir():
        raise BadInputError("is not a folder", value=spec.folder)
    return spec.model_copy(update={"folder": str(folder)})
