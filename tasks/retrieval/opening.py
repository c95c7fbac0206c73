"""From a corpus specification to an index that can be searched."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from policies.errors import BadInputError
from tasks.retrieval.chunking import cut_section
from tasks.retrieval.corpus import CorpusSpec, Passage
from tasks.retrieval.dense import Encoder
from tasks.retrieval.folder import list_files, locate_folder, read_passages
from tasks.retrieval.index import Reranker, SearchIndex
from tasks.retrieval.index_store import Load, StoredIndex, index_key, open_stored
from tasks.retrieval.stdlib import Entry
from tasks.retrieval.stdlib_process import read_entries


def open_corpus(
    spec: CorpusSpec,
    *,
    roots: Sequence[Path],
    cache_folder: Path,
    reranker: Reranker | None = None,
    encoder: Encoder | None = None,
) -> SearchIndex:
    """The index of a corpus, from the cache where nothing has changed.

    A folder is taken from `roots[0]` and must lie inside one of `roots`. The reranker is used where the specification
    has `rerank`; `encoder` stands in for the bundled one. Raises `BadInputError` for a corpus that can't be read or is
    empty and `WorkFailedError` for a cache that can't be written.
    """
    stored = open_parts(spec, roots=roots, cache_folder=cache_folder, encoder=encoder)
    return SearchIndex(
        stored.passages,
        lexical=stored.lexical,
        dense=stored.dense,
        method=spec.method,
        reranker=reranker,
        rerank=spec.rerank,
        skipped=stored.skipped,
    )


def open_parts(
    spec: CorpusSpec, *, roots: Sequence[Path], cache_folder: Path, encoder: Encoder | None = None
) -> StoredIndex:
    """The parts of a corpus's index, cached by its content and by what shapes passages, not by how it is searched."""
    fingerprint, load = source_of(spec, roots)
    shape = [spec.chunk_characters, spec.overlap_characters, spec.on_unreadable]
    key = index_key(fingerprint, json.dumps(shape), type(encoder).__name__)
    is_summary = spec.builder is not None
    return open_stored(key, load, cache_folder=cache_folder, is_summary=is_summary, encoder=encoder)


def read_corpus(spec: CorpusSpec, roots: Sequence[Path]) -> tuple[list[Passage], list[str]]:
    """The passages of a corpus and what was skipped, without an index; errors as `open_corpus`."""
    _, load = source_of(spec, roots)
    return load()


def source_of(spec: CorpusSpec, roots: Sequence[Path]) -> tuple[str, Load]:
    """A hash of the corpus's content, and how to turn that content into passages."""
    if spec.folder is None:
        entries = read_entries()
        return hash_of([[e.name, e.signature, e.text] for e in entries]), lambda: (entry_passages(entries, spec), [])
    folder = locate_folder(spec.folder, roots)
    files = list_files(folder)

    def load() -> tuple[list[Passage], list[str]]:
        passages, skipped = read_passages(files, spec)
        if not passages:
            raise BadInputError("holds no text", file=folder)
        return passages, skipped

    return hash_of([[file.name, file.sha256] for file in files]), load


def entry_passages(entries: Sequence[Entry], spec: CorpusSpec) -> list[Passage]:
    """The passages of documented objects; a long docstring gives `name`, `name#2`, `name#3` under the same title."""
    return [
        Passage(entry.name if part == 1 else f"{entry.name}#{part}", f"{entry.name}{entry.signature}", text, entry.name)
        for entry in entries
        for part, text in enumerate(
            cut_section(entry.text, spec.chunk_characters, overlap=spec.overlap_characters), start=1
        )
    ]


def hash_of(value: list[list[str]]) -> str:
    """The sha256 of rows of strings."""
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()
