"""From a corpus specification to an index that can be searched."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from policies.errors import BadInputError, WorkFailedError
from tasks.retrieval.chunking import cut_section
from tasks.retrieval.corpus import CorpusSpec, LeftOut, Passage
from tasks.retrieval.dense import Encoder
from tasks.retrieval.folder import list_files, locate_folder, read_passages
from tasks.retrieval.index import Reranker, SearchIndex
from tasks.retrieval.index_store import Load, StoredIndex, index_key, open_stored
from tasks.retrieval.stdlib import Entry
from tasks.retrieval.stdlib_process import read_entries


@dataclass(frozen=True, slots=True)
class Source:
    """What a corpus is made from: a hash of its content, and how that content is turned into passages."""

    fingerprint: str
    load: Load


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
    source = find_source(spec, roots)
    return open_source(spec, source, cache_folder=cache_folder, reranker=reranker, encoder=encoder)


def open_source(
    spec: CorpusSpec,
    source: Source,
    *,
    cache_folder: Path,
    reranker: Reranker | None = None,
    encoder: Encoder | None = None,
) -> SearchIndex:
    """The index of a corpus whose source is known."""
    stored = open_parts(spec, source, cache_folder=cache_folder, encoder=encoder)
    return SearchIndex(
        stored.passages,
        lexical=stored.lexical,
        dense=stored.dense,
        method=spec.method,
        reranker=reranker,
        rerank=spec.rerank,
        left_out=stored.left_out,
    )


def open_parts(spec: CorpusSpec, source: Source, *, cache_folder: Path, encoder: Encoder | None = None) -> StoredIndex:
    """The parts of a corpus's index, cached by its content and by what shapes passages, not by how it is searched."""
    shape = [spec.chunk_characters, spec.overlap_characters, spec.on_unreadable]
    key = index_key(source.fingerprint, json.dumps(shape), type(encoder).__name__)
    is_summary = spec.builder is not None
    return open_stored(key, source.load, cache_folder=cache_folder, is_summary=is_summary, encoder=encoder)


def read_corpus(spec: CorpusSpec, roots: Sequence[Path]) -> tuple[list[Passage], list[LeftOut]]:
    """The passages of a corpus and the documents that gave none, without an index; errors as `open_corpus`."""
    return find_source(spec, roots).load()


def find_source(spec: CorpusSpec, roots: Sequence[Path]) -> Source:
    """A corpus's source as it is now."""
    if spec.folder is None:
        entries = read_entries()
        fingerprint = hash_of([[e.name, e.signature, e.text] for e in entries])
        return Source(fingerprint, lambda: (entry_passages(entries, spec), []))
    folder = locate_folder(spec.folder, roots)
    files = list_files(folder, on_unreadable=spec.on_unreadable)

    def load() -> tuple[list[Passage], list[LeftOut]]:
        passages, left_out = read_passages(files, spec)
        if not passages:
            reasons = "; ".join(f"{one.document} {one.reason}" for one in left_out[:3])
            raise BadInputError(f"holds no text: {reasons}{'; …' if len(left_out) > 3 else ''}", file=folder)
        return passages, left_out

    return Source(hash_of([[file.name, file.sha256, file.problem] for file in files]), load)


def recall_source(spec: CorpusSpec, roots: Sequence[Path], *, fingerprint: str) -> Source:
    """A corpus's source as it was at `fingerprint`: read only where its index is no longer in the cache.

    Its `load` raises `WorkFailedError` where the corpus has changed since.
    """

    def load() -> tuple[list[Passage], list[LeftOut]]:
        source = find_source(spec, roots)
        if source.fingerprint != fingerprint:
            name = spec.folder or spec.builder
            raise WorkFailedError(f"the corpus {name} has changed, and its earlier index is not in the cache any more")
        return source.load()

    return Source(fingerprint, load)


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
